"""A workload's data as folders. All else lies beside the live one, so that it takes the place by renames, which can be repeated.

  <workload>                         the data
  .<workload>.draft-<transaction>    being written
  .<workload>.instead-<transaction>  complete: the data that a request asks for
  .<workload>.before-<transaction>   complete: the data to go back to
  .<workload>.room-<transaction>     empty: room for the data to go back to, where it would have to be restored
  <workload>.failed-<transaction>    what a version left that did not serve, or data that was replaced; kept until a person drops it
"""

import os
from pathlib import Path
from typing import NamedTuple

import commands
import files
import paths
import reflink
import restic
from errors import Failure

SYNC_SECONDS = 600


class Folders(NamedTuple):
    live: Path
    draft: Path
    instead: Path
    before: Path
    failed: Path
    room: Path


def of(journal):
    name, transaction = journal.workload, journal.transaction
    hidden = [paths.DATA / f".{name}.{what}-{transaction}" for what in ("draft", "instead", "before")]
    failed, room = paths.DATA / f"{name}.failed-{transaction}", paths.DATA / f".{name}.room-{transaction}"
    return Folders(paths.DATA / name, *hidden, failed, room)


def kept(workload="*"):
    """Folders of data that was replaced, or that failed versions left: for a person to look at, and to drop."""
    return sorted(paths.DATA.glob(f"{workload}.failed-*"))


def left(workloads):
    """Folders of data whose workload is none of these any more."""
    found = paths.DATA.glob("[!.]*")
    return sorted(folder for folder in found if ".failed-" not in folder.name and folder.name not in workloads)


def owner(folder):
    """The workload whose data a folder of {@link kept} was."""
    return folder.name.partition(".failed-")[0]


def fetch(repository, identifier, live, draft, target, verify=False, wait=True, empty=False):
    """A snapshot's data as a complete folder, on the disk when this returns. Repeated, it does nothing.

    :param empty: there is none of it in the snapshot, which has but a dump.
    """
    if target.exists():
        return
    # Not only taken away from its name: tried again and again on a full disk, the halves would take all room that there is.
    files.remove_tree(draft)
    files.make_directory(draft.parent, 0o755)
    draft.mkdir(mode=0o755)
    try:
        if not empty:
            restic.restore(repository, identifier, str(live), draft, verify, wait)
        _complete(draft, target)
    except Failure:
        files.remove_tree(draft)
        raise


def reserve(room, size):
    """Keeps so many bytes of the disk free for what may have to be restored, whatever is written meanwhile."""
    descriptor = os.open(room, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        # No file system keeps 0 bytes.
        os.posix_fallocate(descriptor, 0, max(size, 1))
    finally:
        os.close(descriptor)


def exchange(live, replacement, aside, recipe):
    """A folder takes the place of the live one, which goes aside. Volumes without a backup stay. Each step can be repeated."""
    if not replacement.exists():
        return
    if live.exists() and not aside.exists():
        files.rename(live, aside)
    saved = {Path(path).name for path in recipe["paths"]}
    for volume in sorted(aside.iterdir()) if aside.exists() else ():
        if volume.name not in saved and not (replacement / volume.name).exists():
            files.rename(volume, replacement / volume.name)
    files.rename(replacement, live)


def clone(journal):
    """A copy that shares the content, as `before`. Returns whether the file system can do that."""
    place, recipe = of(journal), journal.facts["data"]["recipe"]
    files.discard(place.draft)
    place.draft.mkdir(mode=0o755)
    try:
        for path in recipe["paths"]:
            reflink.copy_tree(Path(path), place.draft / Path(path).name)
    except OSError:
        files.discard(place.draft)
        return False
    _complete(place.draft, place.before)
    return True


def _complete(draft, target):
    """What was written is all there, and gets its name. The mode of the folder itself is no part of it, only what is in it."""
    draft.chmod(0o755)
    _sync(draft)
    files.rename(draft, target)


def _sync(path):
    """All at once: file by file it would take as long as there are files."""
    done = commands.run(["sync", "--file-system", str(path)], SYNC_SECONDS)
    if not done.ok:
        raise Failure(f"{path} could not be brought to the disk: {done.reason()}")
