"""Ends a transaction by its journal alone: forward if it holds `commit`, back if not. Every step can be repeated.

It runs at the end of a transaction that left its journal, as one does that was killed (ExecStopPost=), when this was killed
(OnFailure=), at boot before any workload, and before the next transaction. What cannot be settled is kept down alone: its
journal is set aside for a person, and the others go on.
"""

import contextlib

import back
import forward
import journal as journals
import locks
import paths
import records
import removal
import service
import systemd
from errors import Failure, Refused, Unreadable


def settle(workload):
    """The verb `settle <workload>`. Returns the exit status: 1 if it has to be tried again."""
    # The next boot does it, before any workload starts, as after a power cut.
    if systemd.is_stopping():
        return 0
    with locks.workload(workload):
        try:
            leftover(workload)
        except Refused:
            return 1
    return 0


def leftover(workload):
    """Settles a journal, if there is one. Raises Refused where that failed: nothing may be built on it."""
    try:
        journal = journals.load(workload)
    except Unreadable as error:
        give_up(workload, str(error))
        return
    if journal and not by_journal(journal):
        raise Refused(records.last_outcome(workload)["message"])


def by_journal(journal):
    """Forward or back, as the journal says. Returns whether it is settled; if not, systemd tries again."""
    try:
        if journal.action == "remove" and journal.reached("commit"):
            removal.finish(journal)
        elif journal.reached("commit"):
            forward.finish(journal)
        else:
            back.undo(journal)
        return True
    except (Failure, OSError) as error:
        if systemd.is_stopping():
            return False
        unit = paths.settle_unit(journal.workload)
        message = f"{error}\nIt is tried again every few seconds, and at the next boot: `journalctl -u {unit}`."
        if serves_new(journal):
            records.tell(journal, "confirmed", f"{journal.workload} serves its new version.", message, ended=False)
        else:
            records.tell(journal, "unsettled", message, ended=False)
        # Whatever failed, it shall not have been for want of the room that is kept for it.
        with contextlib.suppress(OSError):
            journal.free_spare()
        return False


def serves_new(journal):
    """Whether the new version runs, though its transaction could not be brought to an end."""
    return journal.reached("commit") and journal.action != "remove" and service.state(journal.workload)["ActiveState"] == "active"


def give_up(workload, why):
    """Nobody may guess: the workload is kept down from its next start on, and a person decides."""
    systemd.mask(paths.service(workload))
    transaction = journals.transaction_of(workload)
    kept = journals.set_aside(workload)
    message = (
        f"an interrupted transaction of {workload} cannot be settled: {why}. It is masked, so that it does not start with"
        f" data and files that may not fit; what runs was left running. The journal is kept at {kept}."
        " `pulumi up` brings the declared version up."
    )
    records.write_outcome(records.outcome(workload, transaction, "unsettled", "none", message))
