"""Runs other programs, always with a limit: nothing that hangs may make a transaction hang."""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from typing import NamedTuple

TIMED_OUT = 124
POLL_SECONDS = 0.05

_of_this_thread = threading.local()


class Finished(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def ok(self):
        return self.code == 0

    def reason(self):
        """The last line it said, for a message."""
        lines = [line for line in (self.err.strip() or self.out.strip()).splitlines() if "cgroups-v1" not in line]
        return lines[-1].strip() if lines else f"exit status {self.code}"


@contextlib.contextmanager
def until(unwanted):
    """What this thread runs meanwhile is killed as soon as another one sets the event; what it would begin then, at once."""
    _of_this_thread.unwanted = unwanted
    try:
        yield
    finally:
        del _of_this_thread.unwanted


class Meanwhile(threading.Thread):
    """A piece of work that is done meanwhile, from now on."""

    def __init__(self, work):
        super().__init__()
        self.work, self.value, self.error = work, None, None
        self.start()

    def run(self):
        try:
            self.value = self.work()
        except Exception as error:
            self.error = error

    def result(self):
        """What it gave, or its error, when it is done."""
        self.join()
        if self.error:
            raise self.error
        return self.value


def run(argv, seconds, environment=None):
    """Runs a program to its end, or kills it with all its children after so many seconds.

    Output goes to memory files, not pipes: a grandchild that keeps a pipe open would make us wait for it. Nothing is
    written to a disk, which may be full.
    """
    with os.fdopen(os.memfd_create("out"), "w+b") as out, os.fdopen(os.memfd_create("err"), "w+b") as err:
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            return Finished(127, "", f"{argv[0]}: {error.strerror}")
        try:
            code = _wait(child, seconds)
            note = ""
        except subprocess.TimeoutExpired:
            _kill_group(child)
            code, note = TIMED_OUT, f"{argv[0]} did not end within {seconds:g} s and was killed\n"
        return Finished(code, _text(out), _text(err) + note)


def _wait(child, seconds):
    """Its exit status, as soon as it has ended: with a limit, subprocess only looks now and then, up to 50 ms late."""
    unwanted = getattr(_of_this_thread, "unwanted", None)
    deadline, end = time.monotonic() + seconds, os.pidfd_open(child.pid)
    try:
        while not (unwanted and unwanted.is_set()) and (left := deadline - time.monotonic()) > 0:
            if _is_readable(end, min(POLL_SECONDS, left) if unwanted else left):
                return child.wait()
        raise subprocess.TimeoutExpired(child.args, seconds)
    finally:
        os.close(end)


def _is_readable(descriptor, seconds):
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _kill_group(child):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    # What is stuck in the kernel cannot be waited for, and nothing waits for it.
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(5)


def _text(file):
    file.seek(0)
    return file.read().decode("utf-8", "replace")
