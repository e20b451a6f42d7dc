"""Room on the disks, asked before anything is written: what fills a disk takes down all that write to it."""

import contextlib
import os

import places
from errors import Failure

# Beside the data itself: indexes of a repository, and whoever else writes to the disk meanwhile.
MARGIN_BYTES = 64 << 20


def free_bytes(path):
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def demand(path, needed, what, margin=MARGIN_BYTES):
    """Raises Failure where a disk has no room for so many bytes. :param what: what needs them, with the verb that follows."""
    free = free_bytes(path)
    if free < needed + margin:
        raise Failure(f"{what} {(needed + margin) >> 20} MiB, and the disk of {path} has {free >> 20} MiB of room left")


def size(folders):
    """Bytes of the files below some folders. Holes take no room, and what vanishes meanwhile is none."""
    found = 0
    for folder, _, names in (entry for top in folders for entry in os.walk(top)):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                status = os.lstat(os.path.join(folder, name))
                found += min(status.st_size, 512 * status.st_blocks)
    return found


def growth(repository, workload, folders):
    """Bytes that a backup of these folders adds, as well as can be told: all that there is, less what was saved of them last."""
    wanted = {str(folder) for folder in folders}
    saved = [snapshot.size for snapshot in places.restorable(repository, workload) if wanted <= set(snapshot.paths)]
    return max(0, size(folders) - (saved[-1] if saved else 0))


def same_disk(one, other):
    return os.stat(one).st_dev == os.stat(other).st_dev
