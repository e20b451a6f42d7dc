"""Brings the snapshots of this host to other places. Nobody waits for it: a place that does not answer delays nothing else."""

import places
import restic
import results
import settings
from errors import Refused

# What only helps the next backup stays here.
COPIED = [word for kind in places.RESTORABLE for word in ("--tag", f"kind={kind}")]


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
    taken = {snapshot.tags["workload"]: snapshot.time for snapshot in places.restorable(source)}
    if not taken:
        return
    between = restic.with_source(target, source)
    if not places.exists(target):
        # The same borders between pieces: what both have is then the same to restic.
        restic.run(between, ["init", "--copy-chunker-params"])
    restic.run(between, ["copy", *COPIED], restic.LONG, gentle=True)
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
