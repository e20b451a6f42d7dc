"""The ways in which things go wrong, as the outcome tells them apart."""


class Refused(Exception):
    """Found out before anything was touched. The text says what, where, and what to do."""


class Failure(Exception):
    """Found out after something was touched: the transaction goes back. `log` holds the application's last lines."""

    def __init__(self, message, log=()):
        super().__init__(message)
        self.log = list(log)


class HostFailure(Failure):
    """podman or systemd did not do what it was asked: that says nothing about a version, and none is held for it."""


class Unreadable(Exception):
    """A journal that is broken, or was written by another version of this program: nobody may guess what it says."""
