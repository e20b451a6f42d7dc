"""A workload's data as snapshots in the repository on this host.

- hot: while it serves, consistent by its recipe (`backup` of the request); what the timer takes.
- warm: its files as they lie while it serves. Worth nothing by itself, but the cold one after it need not read them again.
- cold: stopped, as its files lie; what a version is gone back to.
- last: cold, of a workload that is removed.

All but the warm ones have the data at its own path, and can be restored.
"""

import os

import consistent
import dumps
import paths
import places
import records
import restic
import room
import settings
from errors import Failure, Refused

# Of a hot backup of files that the application replaces while they are read.
TRIES = 3


def ready(workload="", folders=()):
    """The repository, checked: it opens, nobody has it locked, its disk has room. Raises Failure if not: nothing was stopped yet.

    :param folders: what of a workload is to be saved, which has to be there, and to have room there.
    :returns: the repository, and the bytes that this may add to it: to find out asks restic once more.
    """
    if missing := [str(folder) for folder in folders if not os.path.isdir(folder)]:
        raise Failure(f"there is no {' and no '.join(missing)}")
    there = places.ensure_local()
    added = room.growth(there, workload, folders) if folders else 0
    room.demand(there.location, added, f"a backup{f' of {workload}' if workload else ''} may need")
    return there, added


def tags(request, kind, image, transaction="", to=""):
    """What a snapshot is known by.

    :param image: of the version that wrote the data, '' if nobody knows it; :param to: of the one that comes.
    """
    return {
        "workload": request["workload"],
        "kind": kind,
        "retention": request["backup"]["retention"],
        **({"image": _digest(image)} if image else {}),
        **({"from": _digest(image)} if image and to else {}),
        **({"to": _digest(to)} if to else {}),
        **({"transaction": transaction} if transaction else {}),
        **({"commit": request["commit"]} if request.get("commit") else {}),
    }


def _digest(image):
    return image.partition("@")[2]


def _host():
    return settings.load()["host"]


def warm(there, request, marks):
    """The files as they lie. What changed while it was read does not matter: the cold one has it right."""
    try:
        return restic.backup(there, _host(), request["backup"]["paths"], marks, gentle=True).id
    except restic.ResticFailure as failure:
        # Files come and go while the application serves; it is a help, no backup.
        if failure.kind == restic.INCOMPLETE:
            return None
        raise


def cold(there, request, marks, parent, moved=None):
    """Of a workload that is down. Returns what restic says of it.

    :param moved: the folder in which the data lies by now, if not in its own: a copy, or what was put aside.
    """
    recipe = request["backup"]
    last = dumps.folder(request["workload"])
    # The files are what counts here; data that was left may be older than any dump of it here.
    dump = [last] if recipe["hot"]["kind"] == "dump" and last.exists() else []
    # As a whole: what takes its place may lack a folder, as a snapshot from before there was that volume does.
    mounts = [(moved, paths.DATA / request["workload"])] if moved else []
    options = ["--ignore-inode", "--ignore-ctime"] if moved else []
    return restic.backup(there, _host(), [*recipe["paths"], *dump], marks, parent, mounts=mounts, options=options)


def quiesce(request):
    """What has to be done before the stop: a dump, for those who have one."""
    if request["backup"]["hot"]["kind"] == "dump":
        dumps.write(request["workload"], request["backup"]["hot"])


def hot(workload):
    """A consistent snapshot of a workload that goes on serving. The caller has its locks."""
    record = records.confirmed(workload)
    if record is None:
        raise Refused(f"{workload} is not known here")
    request = record["request"]
    if not request.get("backup"):
        raise Refused(f"{workload} has no data with a backup")
    sources = consistent.sources(workload, request["backup"])
    # Nobody knows how large a first dump is: no larger than the database.
    there, _ = ready(workload, sources if all(map(os.path.exists, sources)) else request["backup"]["paths"])
    marks = tags(request, "hot", request["image"])
    for tries_left in reversed(range(TRIES)):
        try:
            with consistent.view(workload, request["backup"]) as view:
                return restic.backup(there, _host(), sources, marks, gentle=True, **view)
        except restic.ResticFailure as failure:
            if failure.kind != restic.INCOMPLETE or not tries_left:
                raise
