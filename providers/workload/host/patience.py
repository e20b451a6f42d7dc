"""How long a start is waited for: its time; and longer, up to another limit, for an application that converts its data."""

import contextlib
import os
import time

import paths
import systemd

# An application that converts its data says something, or writes, at least this often.
PROGRESS_SECONDS = 20


class Patience:
    """Begins when it is made. `seconds` are those that were given so far."""

    def __init__(self, request):
        self.workload, self.begun = request["workload"], time.monotonic()
        self.seconds = request["health"]["withinSeconds"]
        self.limit = request["health"].get("migratedWithinSeconds", self.seconds)
        self.signs = None

    def is_over(self):
        """Whether the time is up. Asked again and again; each sign of progress gives some more."""
        if time.monotonic() <= self.begun + self.seconds:
            return False
        before, self.signs = self.signs, signs_of_progress(self.workload) if self.seconds < self.limit else None
        if self.signs == before:
            return True
        self.seconds = min(self.limit, self.seconds + PROGRESS_SECONDS)
        return False


def signs_of_progress(workload):
    """What changes while an application converts its data: its last words, and its files."""
    newest, size = 0, 0
    for folder, _, names in os.walk(paths.DATA / workload):
        for name in names:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(folder, name))
                newest, size = max(newest, status.st_mtime_ns), size + status.st_size
    return systemd.log(f"CONTAINER_NAME={workload}", 0, 1), newest, size
