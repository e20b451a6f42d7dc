"""systemd, as far as a workload needs it.

What it says is not proof: `start` is 0 for what dies at once, a unit that the generator refused is no error of
daemon-reload. So these functions are followed by checks of their own, in service.py.
"""

import commands
from errors import Failure

SHORT = 30
RELOAD_SECONDS = 90


def show(units, properties):
    """Properties of several units in one call: a list of dictionaries in the order of `units`."""
    done = commands.run(["systemctl", "show", f"--property={','.join(properties)}", *units], SHORT)
    blocks = [block for block in done.out.split("\n\n") if block.strip()]
    if not done.ok or len(blocks) != len(units):
        raise Failure(f"systemctl show {' '.join(units)}: {done.reason()}")
    return [dict(line.split("=", 1) for line in block.strip().splitlines() if "=" in line) for block in blocks]


def daemon_reload():
    _must(["systemctl", "daemon-reload"], RELOAD_SECONDS)


def start(unit, seconds):
    return commands.run(["systemctl", "start", unit], seconds)


def start_later(unit):
    """Puts a start into systemd's queue and does not wait: all that is allowed at boot."""
    commands.run(["systemctl", "start", "--no-block", unit], SHORT)


def stop(unit, seconds):
    return commands.run(["systemctl", "stop", unit], seconds)


def reset_failed(unit):
    """Forgets failures; that of a unit which never failed is no error."""
    commands.run(["systemctl", "reset-failed", unit], SHORT)


def mask(unit):
    """Keeps a unit down, at boot too; until the next boot only where /etc cannot be written."""
    if not commands.run(["systemctl", "mask", unit], SHORT).ok:
        commands.run(["systemctl", "mask", "--runtime", unit], SHORT)


def unmask(unit):
    commands.run(["systemctl", "unmask", unit], SHORT)
    commands.run(["systemctl", "unmask", "--runtime", unit], SHORT)


def run_transient(unit, argv, properties):
    """Starts a program as a service of its own, which outlives whoever asked for it."""
    settings = [f"--property={key}={value}" for key, value in properties.items()]
    return commands.run(["systemd-run", "--quiet", f"--unit={unit}", "--collect", *settings, *argv], SHORT)


def log(match, since, lines=20):
    """The last lines of the system's journal for one match, e.g. `CONTAINER_NAME=x`, since a time in seconds since 1970."""
    done = commands.run(
        ["journalctl", "--quiet", "--no-pager", "--output=cat", f"--lines={lines}", f"--since=@{int(since)}", match], SHORT
    )
    return [line for line in done.out.splitlines() if line.strip()]


def _must(argv, seconds):
    done = commands.run(argv, seconds)
    if not done.ok:
        raise Failure(f"{' '.join(argv)}: {done.reason()}")
