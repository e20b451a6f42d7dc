"""Backups of which nobody knows yet that they are whole.

restic leaves a snapshot also of what it could read only in part, and says so by its exit status alone. To forget that snapshot it
needs the repository for itself, which a copy that takes hours does not give it; and who is killed in between forgets nothing. So
each attempt has a mark: on the disk before restic begins, in a tag of what comes of it, and taken away once all is known to be
there. What has a mark that is left is not copied, restored, or counted as the backup of anything.
"""

import contextlib
import fcntl
import os

import files
import paths

MARKS = paths.BACKUP / "unproven"
TAG = "attempt"


@contextlib.contextmanager
def attempt():
    """A new mark, locked while somebody is busy with its backup: the lock of who is killed is free at once. Gives its name."""
    files.make_directory(MARKS)
    name = os.urandom(8).hex()
    # By a rename, so that nobody sees it without its lock.
    draft = files.temporary(MARKS / name)
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        files.rename(draft, MARKS / name)
        yield name
    finally:
        os.close(descriptor)


def names():
    """All marks."""
    return {path.name for path in MARKS.glob("[!.]*")}


def left():
    """Those with whose backup nobody is busy any more."""
    return {name for name in names() if _is_free(MARKS / name)}


def remove(name):
    """The backup is whole, or it is gone."""
    files.remove(MARKS / name)


def _is_free(path):
    with contextlib.suppress(FileNotFoundError, BlockingIOError), open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
