"""The verbs of the provider: hand a request over to a transaction of its own, and watch it.

They go by content: what is confirmed and serves is not touched, what is on its way is waited for.
"""

import time

import data_plan
import follow
import holds
import journal as journals
import locks
import observed
import paths
import records
import request as requests
import restic
import service
import settle
import staging
import systemd
from errors import Failure, Refused

# A transaction waits for its turn behind others; each of its own steps has a limit of its own.
QUEUE_SECONDS = 3600
# For restic: a part of what no workload may have (lab/capacity.ts).
MEMORY_HIGH = "256M"


def apply(text):
    """The verb `apply`, an ApplyRequest given: returns the outcome."""
    request = requests.parse(text, "apply")

    def settled():
        """The outcome, if nothing needs to be done."""
        workload = request["workload"]
        record = records.confirmed(workload)
        if not record or not observed.serves(record, request):
            return None
        return records.outcome(workload, record["transaction"], "unchanged", "none", f"{workload} serves this version already.")

    # The others are checks of the transaction, which may have to wait for a backup first; this one costs nothing.
    return _transact(request, settled, lambda: holds.check(request))


def again(request, record):
    """Carries out a request that the host itself made of this record, without a look at what serves.

    Refused if another one was confirmed while it waited for its turn: it would take the workload back to the version of before.
    """

    def unchanged():
        workload = request["workload"]
        if workload in journals.open_workloads() or records.confirmed(workload) != record:
            raise Refused(f"{workload} was changed meanwhile: nothing was done. See what serves now, and ask again.")

    return _transact(request, lambda: None, unchanged)


def remove(text):
    """The verb `remove`, a RemoveRequest given. What is not there is removed already."""
    request = requests.parse(text, "remove")

    def settled():
        data = request["deleteData"] and (paths.DATA / request["workload"]).exists()
        if data or not observed.observe(request["workload"]).nothing:
            return None
        return records.outcome(request["workload"], "", "unchanged", "none", f"there is no {request['workload']} on this host.")

    return _transact(request, settled)


def attach(workload):
    """The verb `attach`: waits for the transaction that runs, if any, and gives the last outcome."""
    running = follow.running(workload)
    if running and (follow.busy(workload) or workload in journals.open_workloads()):
        return follow.follow(workload, running[0])
    return records.last_outcome(workload) or records.outcome(
        workload, "", "unchanged", "none", f"no transaction of {workload} is known on this host."
    )


def _transact(request, settled, check=lambda: None):
    """Of what is on the host the transaction itself makes sure, under its lock: to do it here too would cost a Pi half a second.

    :param settled: gives the outcome if nothing is to be done; :param check: raises Refused.
    """
    workload = request["workload"]
    systemd.forget_transients()
    try:
        while True:
            with locks.preparing(workload):
                if not follow.busy(workload):
                    outcome = _ended(request)
                    # An interrupted transaction is settled first, by the one that is started now.
                    if not outcome and workload not in journals.open_workloads():
                        outcome = settled()
                    if outcome:
                        return outcome
                    check()
                    transaction = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{request['id']}"
                    staging.stage(request, transaction)
                    _start(request, transaction)
                    break
            outcome = _of_other(request)
            if outcome:
                return outcome
        return follow.follow(workload, transaction)
    except (Refused, Failure) as error:
        return records.outcome(workload, "", "refused", "none", str(error))


def _of_other(request):
    """Waits for what runs. Gives its outcome if it is that of the request, too; None when the request may be tried."""
    workload = request["workload"]
    running = follow.running(workload)
    if not running:
        # It is about to begin, or to be gone.
        time.sleep(follow.POLL_SECONDS)
        return None
    outcome = follow.follow(workload, running[0])
    # Ours was started over a connection that died: what failed once is not tried again in the same breath.
    ours, goes_on = running[1] == request.get("content"), _goes_on(workload, running[0])
    if ours and (goes_on or outcome["result"] not in ("confirmed", "unchanged")):
        return outcome
    if goes_on:
        raise Refused(f"a transaction of {workload} has not ended, so nothing else was begun: {outcome['message']}")
    return None


def _goes_on(workload, transaction):
    """Whether one that was followed cannot be settled for now, and systemd goes on trying: nobody knows for how long."""
    return journals.transaction_of(workload) == transaction and follow.busy(workload)


def _ended(request):
    """How it ended what the same request began before its connection broke, None if that was nothing.

    One that was taken back, by a power cut say, is not tried again in the same breath: it may have been the cause.
    """
    workload = request["workload"]
    if _is_of(request, journals.transaction_of(workload)):
        settle.settle(workload)
    outcome = records.last_outcome(workload)
    return outcome if outcome and _is_of(request, outcome["transaction"]) else None


def _is_of(request, transaction):
    return transaction.endswith(f"-{request['id']}")


def _start(request, transaction):
    """Under systemd-run, without a pipe: it goes on when the connection dies.

    ExecStopPost= runs however it ends, SIGKILL and time limits included; OnFailure= where that was killed too. Whether it left
    anything to settle, a shell finds out sooner: at the end of most transactions nothing is left, and whoever waits for them needs
    the processor. Not by $SERVICE_RESULT, which is `success` for one that was stopped, too.
    """
    workload = request["workload"]
    program, journal = paths.program(), paths.JOURNAL / workload
    seconds = _seconds(request)
    done = systemd.run_transient(
        paths.transaction_unit(workload),
        [program, "run", workload, transaction],
        {
            "Description": f"homelab: {request['kind']} {workload}",
            "Type": "exec",
            "RuntimeMaxSec": QUEUE_SECONDS + 2 * seconds,
            "TimeoutStopSec": seconds,
            "ExecStopPost": f"/bin/sh -c 'test ! -e {journal} || exec {program} settle {workload}'",
            "OnFailure": paths.settle_unit(workload),
            "MemoryHigh": MEMORY_HIGH,
        },
    )
    # A systemd that takes long, or is re-executed, may have started it all the same.
    if not done.ok and not follow.busy(workload) and workload not in journals.open_workloads():
        staging.discard(workload)
        raise Refused(f"the transaction could not be started on this host: {done.reason()}. Nothing was stopped.")


def _seconds(request):
    """What one way (save, stop, start, wait) may take at most; going back may take as long again."""
    stop = 3 * (request.get("stopSeconds", 60) + service.STOP_MARGIN_SECONDS) + 60
    health = request.get("health", {})
    waiting = max(health.get("withinSeconds", 0), health.get("migratedWithinSeconds", 0))
    # restic has a limit of its own. A removal takes a last backup.
    saves = request["kind"] == "remove" or data_plan.recipe_of(request, records.confirmed(request["workload"]))
    saving = restic.LONG if saves else 0
    return int(stop + service.START_SECONDS + 2 * waiting + 120 + saving)
