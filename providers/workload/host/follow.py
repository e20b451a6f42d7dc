"""Watches a transaction that runs by itself, and says how it ended. To stop watching changes nothing."""

import contextlib
import json
import sys
import time

import files
import journal as journals
import paths
import records
import settle
import systemd
from errors import Failure

POLL_SECONDS = 0.02
# systemd is asked less often: that costs a process, and an application that starts needs the processor more.
ASK_SECONDS = 1
# Settling that failed is tried again for ever; who watches is told after this long.
PATIENCE_SECONDS = 30
# What serves is told sooner, though its journal could not be taken away.
PATIENCE_IF_SERVED_SECONDS = 2
BUSY = ("active", "activating", "deactivating", "reloading")


def busy(workload):
    """Whether a transaction of this workload, or its settling, runs."""
    units = [paths.transaction_unit(workload), paths.settle_unit(workload)]
    return any(unit["ActiveState"] in BUSY for unit in systemd.show(units, ["ActiveState"]))


def _still_busy(workload):
    """The same while following: systemd that does not answer says nothing about the transaction."""
    try:
        return busy(workload)
    except Failure:
        return True


def running(workload):
    """Id and content of the transaction that runs; None where none does."""
    for folder in (paths.JOURNAL, paths.STAGED):
        try:
            kept = json.loads(files.text(folder / workload / "request.json") or "null")
        except ValueError:
            kept = None
        if kept:
            return kept["transaction"], kept["request"].get("content")
    return None


def follow(workload, transaction):
    """Waits for the end of a transaction and returns its outcome: not before its journal is gone, or a reading would show it."""
    told, since, asked = set(), None, time.monotonic()
    while True:
        ended = False
        if time.monotonic() > asked + ASK_SECONDS:
            ended, asked = not _still_busy(workload), time.monotonic()
        outcome = _outcome(workload, transaction)
        if outcome and (ended or workload not in journals.open_workloads()):
            return outcome
        if ended:
            return _settled(workload, transaction)
        if outcome:
            since = since or time.monotonic()
            patience = PATIENCE_SECONDS if outcome["result"] == "unsettled" else PATIENCE_IF_SERVED_SECONDS
            if time.monotonic() > since + patience:
                return outcome
        _tell(workload, told)
        time.sleep(POLL_SECONDS)


def _outcome(workload, transaction):
    outcome = records.last_outcome(workload)
    return outcome if outcome and outcome["transaction"] == transaction else None


def _settled(workload, transaction):
    """The outcome of a transaction that is over and said nothing: nobody settled it yet, or it had not begun."""
    if workload in journals.open_workloads():
        settle.settle(workload)
    return _outcome(workload, transaction) or records.outcome(
        workload,
        transaction,
        "refused",
        "none",
        f"the transaction of {workload} was ended from outside before it touched anything. Run `pulumi up` again.",
    )


def _tell(workload, told):
    reached = journals.phases(workload)
    if not reached and "queued" not in told:
        reached = ["queued"]
    for phase in reached:
        if phase not in told:
            told.add(phase)
            say(f"{workload}: {phase}")


def say(text):
    """A line for whoever still listens: a connection that is gone must not end this program."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
