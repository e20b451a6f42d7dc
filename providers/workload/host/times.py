"""Times for people: of one zone, with its name, since they are compared with those that one's own machine says."""

import time


def text(seconds):
    """Seconds since 1970 as `2026-11-25 18:35 UTC`."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
