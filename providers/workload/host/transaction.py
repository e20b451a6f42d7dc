"""The transaction itself, as it runs under systemd-run: nobody needs to watch it.

What fails is not handled step by step: the journal is settled, by the same code that settles it after a kill or a power cut.
"""

import time
from pathlib import Path

import announce
import change
import checks
import journal as journals
import limits
import locks
import observed
import paths
import records
import service
import settle
import staging
import tree
import units
from errors import Failure, Refused, Unreadable


def run(workload, transaction):
    """The verb `run`: waits for its turn, settles what an earlier transaction left, then does what is staged.

    Returns the exit status: 1 if it is not settled, for systemd to try again.
    """
    with locks.slot(), locks.workload(workload):
        try:
            settle.leftover(workload)
            journal = prepare(workload, transaction)
        except (Refused, Failure, Unreadable, OSError) as error:
            units.discard_prepared(workload)
            staging.discard(workload)
            records.write_outcome(records.outcome(workload, transaction, "refused", "none", str(error)))
            announce.say(workload, f"{workload}: refused. {error}", announce.WARNING)
            return 0
        try:
            change.PERFORM[journal.action](journal)
        except Exception as error:  # Whatever it was: the journal has to be settled.
            journal.fail(str(error), words(journal, error))
        return 0 if settle.by_journal(journal) else 1


def words(journal, error):
    """The last log lines that explain a failure: those that came with it, else the application's since it was started."""
    if getattr(error, "log", None):
        return error.log
    return service.last_words(journal.workload, journal.entered_at("starting")) if journal.reached("starting") else []


def prepare(workload, transaction):
    """Checks again, under the lock, what may have changed in the queue, and begins the journal."""
    request = staging.load(workload, transaction)
    made, record, predecessors = [], None, []
    if request["kind"] == "remove":
        checks.before_remove(request)
        seen, action = observed.observe(workload), "remove"
    else:
        predecessors = checks.before_apply(request)
        tree.move_edits_aside(workload, request["filesHash"], request["files"])
        seen = observed.observe(workload)
        action = observed.action(seen, request)
        record = records.next_record(request, transaction, seen.record)
        made = [directory["path"] for directory in request["directories"] if not Path(directory["path"]).exists()]
        # Who is not started anew needs nobody's place.
        predecessors = predecessors if action in ("create", "restart") else []
        prepare_units(request)
    return journals.begin(
        paths.STAGED / workload,
        {
            "workload": workload,
            "transaction": transaction,
            "started": time.time(),
            "action": action,
            "request": request,
            "record": record,
            # Directories that this transaction makes: taken away again if nothing comes of it.
            "made": made,
            "predecessors": predecessors,
            "old": {
                "record": seen.record,
                "units": seen.units,
                "link": seen.link,
                "limits": limits.actual(seen.container) if seen.container else {},
            },
        },
    )


def prepare_units(request):
    try:
        units.prepare(request["units"])
    except OSError as error:
        raise Refused(
            f"{paths.ETC_UNITS} cannot be written: {error.strerror}. Nothing was stopped."
            " Make it writable (see `mount` and `df` on the host), then run `pulumi up` again."
        ) from error
