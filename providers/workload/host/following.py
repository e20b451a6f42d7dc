"""Whether a container that runs can follow a change of its units' text, or has to be started anew."""

import limits
import units

# What systemd goes by from the next daemon-reload on. All else in [Service] counts when a process is started.
SERVICE = ("Restart", "RestartSec", "TimeoutStartSec", "TimeoutStopSec", "ExecReload")


def can_follow(old, new):
    """Whether it is enough to reload systemd's units and to change limits in place.

    :param old: texts of units by name that the container was started from; :param new: those that are wanted.
    """
    return old.keys() == new.keys() and all(_fixed(old[name]) == _fixed(text) for name, text in new.items())


def _fixed(text):
    """All of a unit's text that counts at a start only. Of limits it is which ones there are: none can be taken away."""
    return [line for line in units.lines(text) if not _free(*line)], limits.declared(text).keys()


def _free(section, key, value):
    if section == "Service":
        return key in SERVICE
    return section in ("Unit", "Install") or limits.option(section, key, value) is not None
