"""Snapshots of this host's workloads, wherever they lie.

That there is no snapshot anywhere, and that a place does not answer, are never taken for each other: a workload that began
without its data, or from an old copy of it, because the Pi that has it was off, would look as if nothing were wrong.
"""

import time
from typing import NamedTuple

import places
import restic
from errors import Failure


class Newest(NamedTuple):
    """What a workload without data begins with. `silent`: places that did not answer, and may have a younger one."""

    place: str
    snapshot: restic.Snapshot
    silent: tuple = ()

    @property
    def age(self):
        return age_text(time.time() - places.seconds(self.snapshot.time))

    @property
    def words(self):
        """For the outcome: a person has to notice data that is older than what there was."""
        missed = f"; {', '.join(self.silent)} did not answer, and may have a younger one" if self.silent else ""
        return f" It is {self.age} old, from {self.place}{missed}."


class Unanswered(Failure):
    """Some places could not be asked. `found` is the youngest that the others have, None if they have none."""

    def __init__(self, message, found=None):
        super().__init__(message)
        self.found = found


def newest(workload):
    """The {@link Newest} snapshot; None if there is none anywhere. Raises Unanswered where that cannot be told.

    What lies on this host goes before what others have: it is never older, as long as it is there. Of the others each may have a
    younger one than the rest: a remote that lagged behind for weeks must not stand for the Pi that is off.
    """
    found, silent = [], {}
    for repository in (places.local(), *(place.repository for place in places.others())):
        try:
            snapshots = places.restorable(repository, workload) if places.exists(repository) else []
        except Failure as failure:
            silent[repository.name] = str(failure)
            continue
        if snapshots and repository.name == places.LOCAL:
            return Newest(places.LOCAL, snapshots[-1])
        found += [Newest(repository.name, snapshot) for snapshot in snapshots[-1:]]
    youngest = max(found, key=lambda one: places.seconds(one.snapshot.time), default=None)
    reasons = " ".join(f"{name}: {reason}." for name, reason in silent.items())
    if silent and youngest:
        raise Unanswered(
            f"the newest snapshot of it that was found is {youngest.age} old, in {youngest.place},"
            f" while a place that may have a younger one does not answer. {reasons}",
            youngest._replace(silent=tuple(silent)),
        )
    if silent and not places.never_saved():
        raise Unanswered(
            "whether there is a snapshot of it cannot be told:"
            f" no snapshot of {workload} was found, but not every place answers. {reasons}"
        )
    return youngest


def age_text(passed):
    """Seconds as people say them: `20 min`, `5 h`, `3 days`."""
    minutes = max(0, round(passed / 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h" if minutes < 48 * 60 else f"{round(minutes / 1440)} days"
