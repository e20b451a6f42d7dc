"""Brings the snapshots of this host to other places. Nobody waits for it: a place that does not answer delays nothing else."""

import places
import restic
import results
import settings
from errors import Refused


def main(name):
    """The verb `copy PLACE`."""
    return 0 if results.job("copy", name, lambda: copy(name)) else 1


def copy(name):
    """Copies what is not there yet."""
    target = next((place.repository for place in places.others() if place.repository.name == name), None)
    if target is None:
        raise Refused(f"{name} is no place of this host's backups")
    source = places.local()
    if not places.exists(source):
        return
    wanted = places.whole(source)
    if not wanted:
        return
    between = restic.with_source(target, source)
    if not places.exists(target):
        # The same borders between pieces: what both have is then the same to restic.
        restic.run(between, ["init", "--copy-chunker-params"])
    # By name: what is not known to be whole stays here, and what only helps the next backup.
    restic.run(between, ["copy", *(snapshot.id for snapshot in wanted)], restic.LONG, gentle=True)
    taken = {snapshot.tags["workload"]: snapshot.time for snapshot in wanted if "workload" in snapshot.tags}
    results.newest(name, {workload: places.seconds(time) for workload, time in taken.items()})


def note():
    """For who made a restore point: at which places it will not be for now. '' if all is well."""
    try:
        declared = settings.load()["places"]
    except Refused:
        return ""
    kept = results.load().get("copy", {})
    silent = [place["name"] for place in declared if kept.get(place["name"], {}).get("problem")]
    return f" Copies to {', '.join(sorted(silent))} fail at the moment: its backup is not there." if silent else ""
