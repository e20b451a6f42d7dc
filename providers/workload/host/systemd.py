"""systemd, as far as a workload needs it.

What it says is not proof: `start` is 0 for what dies at once, a unit that the generator refused is no error of
daemon-reload. So these functions are followed by checks of their own, in service.py.
"""

import contextlib
import json
import os
import time

import commands
import paths
from errors import HostFailure

SHORT = 30
RELOAD_SECONDS = 90
UNREACHABLE = ("Failed to connect", "Connection refused", "Connection reset", "Transport endpoint", "disconnected")


def show(units, properties):
    """Properties of several units in one call: a list of dictionaries in the order of `units`."""
    done = _systemctl("show", f"--property={','.join(properties)}", *units)
    blocks = [block for block in done.out.split("\n\n") if block.strip()]
    if not done.ok or len(blocks) != len(units):
        raise HostFailure(f"systemctl show {' '.join(units)}: {done.reason()}")
    return [dict(line.split("=", 1) for line in block.strip().splitlines() if "=" in line) for block in blocks]


def daemon_reload():
    done = _systemctl("daemon-reload", seconds=RELOAD_SECONDS)
    if not done.ok:
        raise HostFailure(f"systemctl daemon-reload: {done.reason()}")


def reloaded_since(moment):
    """Whether systemd has read all its units anew (daemon-reload, daemon-reexec) since a moment of the monotonic clock.

    It answers nobody meanwhile, podman neither: a container that was about to start then does not.
    """
    done = _systemctl("show", "--property=UnitsLoadTimestampMonotonic", "--value")
    return done.ok and int(done.out) > moment * 1e6


def is_stopping():
    """Whether the Pi goes down: nothing can be started any more, and what has begun is cut off."""
    return _systemctl("is-system-running").out.strip() == "stopping"


def start(unit, seconds):
    return _systemctl("start", unit, seconds=seconds)


def start_later(unit):
    """Puts a start into systemd's queue and does not wait: all that is allowed at boot."""
    _systemctl("start", "--no-block", unit)


def stop(unit, seconds):
    return _systemctl("stop", unit, seconds=seconds)


def stop_later(unit):
    """Has a unit stopped and does not wait for it; of one that does not run that is no error."""
    _systemctl("stop", "--no-block", unit)


def mask(unit):
    """Keeps a unit down, at boot too; until the next boot only where /etc cannot be written."""
    if not _systemctl("mask", unit).ok:
        _systemctl("mask", "--runtime", unit)


def unmask(unit):
    _systemctl("unmask", unit)
    _systemctl("unmask", "--runtime", unit)


def forget_transients():
    """Has systemd look anew which unit files there are.

    It goes on believing in that of a transient unit which has ended, and writes to the journal that it cannot be opened, each
    time that somebody asks for the unit. A folder of units that has changed is what makes it look.
    """
    with contextlib.suppress(FileNotFoundError):
        os.utime(paths.RUN_SERVICES)


def run_transient(unit, argv, properties):
    """Starts a program as a service of its own, which outlives whoever asked for it."""
    settings = [f"--property={key}={value}" for key, value in properties.items()]
    return commands.run(["systemd-run", "--quiet", f"--unit={unit}", "--collect", *settings, *argv], SHORT)


def log(match, since, lines=20):
    """The last lines of the system's journal for one match, e.g. `CONTAINER_NAME=x`, since a moment of the monotonic clock.

    By the clock on the wall, which NTP may set back in the middle, the lines that say why would be lost.
    """
    options = ["--quiet", "--no-pager", "--boot", "--output=json", "--output-fields=MESSAGE", f"--lines={lines}"]
    entries = map(json.loads, commands.run(["journalctl", *options, match], SHORT).out.splitlines())
    texts = [_text(entry["MESSAGE"]) for entry in entries if int(entry["__MONOTONIC_TIMESTAMP"]) >= since * 1e6]
    return [line for text in texts for line in text.splitlines() if line.strip()]


def _text(message):
    """journald gives what is not UTF-8 as numbers, and null for what is very long."""
    return bytes(message).decode("utf-8", "replace") if isinstance(message, list) else message or ""


def _systemctl(*arguments, seconds=SHORT):
    """Asked again where systemd was just not there to answer, as while somebody re-executes it."""
    deadline = time.monotonic() + SHORT
    while True:
        done = commands.run(["systemctl", *arguments], seconds)
        unreachable = not done.ok and any(text in done.err for text in UNREACHABLE)
        if not unreachable or time.monotonic() > deadline:
            return done
        time.sleep(0.3)
