"""Locks of this host. All are flock: whoever dies, even by SIGKILL, gives them free at once.

Descriptors are not inherited, so a child that outlives its transaction holds nothing.
"""

import contextlib
import fcntl
import os
import time

import files
import paths

SLOTS = 2
POLL_SECONDS = 0.2


@contextlib.contextmanager
def workload(name):
    """One transaction, or one settling, of a workload at a time."""
    with _held(f"workload-{name}"):
        yield


@contextlib.contextmanager
def repository():
    """One at a time writes to the host's repository or clears it up: an upgrade, a timer's backup, a prune.

    Taken before a slot: who waits for it keeps none from the others.
    """
    with _held("repository"):
        yield


@contextlib.contextmanager
def maintenance():
    """One at a time thins out or checks repositories. Backups do not wait for it."""
    with _held("maintenance"):
        yield


@contextlib.contextmanager
def results():
    """One at a time notes what came of its job."""
    with _held("results"):
        yield


@contextlib.contextmanager
def preparing(name):
    """One request for a workload at a time is staged and started."""
    with _held(f"apply-{name}"):
        yield


@contextlib.contextmanager
def slot():
    """One of the host's places for a transaction: a Pi that starts twenty workloads at once serves none of them.

    Who waits, waits in a queue, so that the order of arrival, which is the plan's, is kept.
    """
    descriptor = None
    with _held("queue"):
        while descriptor is None:
            descriptor = _first_free()
            if descriptor is None:
                time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


def _first_free():
    for number in range(SLOTS):
        descriptor = _open(f"slot-{number}")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            os.close(descriptor)
    return None


@contextlib.contextmanager
def _held(name):
    descriptor = _open(name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open(name):
    files.make_directory(paths.LOCKS)
    return os.open(paths.LOCKS / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
