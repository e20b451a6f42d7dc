"""Snapshots of this host's workloads, wherever they lie.

That there is no snapshot anywhere, and that a place does not answer, are never taken for each other: a workload that began
without its data, or from an old copy of it, because the Pi that has it was off, would look as if nothing were wrong.
"""

import time
from typing import NamedTuple

import places
import restic
import times
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
        missed = f" {', '.join(self.silent)} did not answer, and may have a younger one." if self.silent else ""
        return f" It is {self.age} old.{missed}"


class Unanswered(Failure):
    """Some places could not be asked. `found` is the youngest that the others have, None if they have none."""

    def __init__(self, message, found=None):
        super().__init__(message)
        self.found = found


def taken(snapshot):
    """When, for people."""
    return times.text(places.seconds(snapshot.time))


def newest(workload):
    """The {@link Newest} snapshot; None if there is none anywhere. Raises Unanswered where that cannot be told.

    What lies on this host goes before what others have: it is never older, as long as it is there. Of the others each may have a
    younger one than the rest: a remote that lagged behind for weeks must not stand for the Pi that is off.
    """
    found, silent = [], {}
    for place, snapshots in _asked(workload, silent):
        if snapshots and place.name == places.LOCAL:
            return Newest(places.LOCAL, snapshots[-1])
        found += [Newest(place.name, snapshot) for snapshot in snapshots[-1:]]
    youngest = max(found, key=lambda one: places.seconds(one.snapshot.time), default=None)
    if silent and youngest:
        raise Unanswered(
            f"the newest snapshot of it that was found is {youngest.age} old, in {youngest.place},"
            f" while a place that may have a younger one does not answer. {_reasons(silent)}",
            youngest._replace(silent=tuple(silent)),
        )
    if silent and not places.never_saved():
        raise Unanswered(
            "whether there is a snapshot of it cannot be told:"
            f" no snapshot of {workload} was found, but not every place answers. {_reasons(silent)}"
        )
    return youngest


def everywhere(workload=None):
    """Pairs of place and snapshot, of one workload or of all, oldest first; and why the places that do not answer do not.

    Each snapshot once: a copy is the same one under another name, and what this host has itself is the nearest.
    """
    found, silent = {}, {}
    for place, snapshots in _asked(workload, silent):
        for snapshot in snapshots:
            found.setdefault(snapshot.names[-1], (place.name, snapshot))
    return sorted(found.values(), key=lambda pair: places.seconds(pair[1].time)), silent


def holder(workload, identifier, first=places.LOCAL):
    """The repository that has a snapshot of a workload, and it. :param first: the place that is asked before the others."""
    silent = {}
    for place, snapshots in _asked(workload, silent, first):
        for snapshot in snapshots:
            if any(name.startswith(identifier) for name in snapshot.names):
                return place, snapshot
    missed = f", but not every place answers. {_reasons(silent)}" if silent else ""
    raise Failure(f"there is no snapshot {identifier[:8]} of {workload} in any place of this host's backups{missed}")


def _asked(workload, silent, first=places.LOCAL):
    """Each repository that answers, and what can be restored from it; the others are put into `silent`, with the reason."""
    everybody = (places.local(), *(place.repository for place in places.others()))
    for repository in sorted(everybody, key=lambda repository: repository.name != first):
        try:
            snapshots = places.restorable(repository, workload) if places.exists(repository) else []
        except Failure as failure:
            silent[repository.name] = str(failure)
            continue
        yield repository, snapshots


def _reasons(silent):
    return " ".join(f"{name}: {reason}." for name, reason in silent.items())


def age_text(passed):
    """Seconds as people say them: `20 min`, `5 h`, `3 days`."""
    minutes = max(0, round(passed / 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h" if minutes < 48 * 60 else f"{round(minutes / 1440)} days"
