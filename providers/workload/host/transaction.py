"""The transaction itself, as it runs under systemd-run: nobody needs to watch it.

What fails is not handled step by step: the journal is settled, by the same code that settles it after a kill or a power cut.
"""

import contextlib
import time
from pathlib import Path

import announce
import change
import checks
import data_plan
import journal as journals
import limits
import locks
import observed
import paths
import podman
import records
import room
import service
import settle
import snapshots
import staging
import systemd
import tree
import units
from dumps import NotLoaded
from errors import Failure, HostFailure, Refused, Unreadable
from restic import ResticFailure

# With less room than this on the disk, nothing that fails says anything about a version.
FULL_BYTES = 1 << 20
# How the kernel says that it has none, and SQLite.
FULL_WORDS = ("no space left on device", "database or disk is full")


def run(workload, transaction):
    """The verb `run`: waits for its turn, settles what an earlier transaction left, then does what is staged.

    Returns the exit status: 1 if it is not settled, for systemd to try again.
    """
    saves = saves_data(workload, transaction)
    with locks.repository() if saves else contextlib.nullcontext(), locks.slot(), locks.workload(workload):
        try:
            settle.leftover(workload)
            with podman.asked_once():
                journal = prepare(workload, transaction, saves)
        except Exception as error:  # Whatever it was: nothing was touched, and nothing of it may stay.
            refuse(workload, transaction, error)
            return 0
        try:
            change.PERFORM[journal.action](journal)
        except Exception as error:  # Whatever it was: the journal has to be settled.
            if systemd.is_stopping():
                return 0  # Where it is settled there is said in settle.py.
            said = words(journal, error)
            journal.fail(str(error), said, is_to_blame(journal, error, said))
        return 0 if settle.by_journal(journal) else 1


def refuse(workload, transaction, error):
    """Leaves nothing of what was staged, and says why."""
    units.discard_prepared(workload)
    staging.discard(workload)
    expected = isinstance(error, (Refused, Failure, Unreadable, OSError))
    message = str(error) if expected else f"{type(error).__name__}: {error}"
    # What a person has to know of data that was left behind is said until something serves again.
    notes = "" if records.confirmed(workload) else (records.last_outcome(workload) or {}).get("notes", "")
    records.write_outcome(records.outcome(workload, transaction, "refused", "none", message, notes=notes))
    announce.say(workload, f"{workload}: refused. {message.rstrip('.')}.", announce.WARNING)


def is_to_blame(journal, error, said):
    """Whether the new version is: it ran, and neither the repository, a dump, podman, systemd nor a full disk was in its way.

    A disk that was full may have room again: what the new version wrote is gone with its end. So its last words count, too.
    """
    text = "\n".join([str(error), *said]).lower()
    return (
        journal.reached("starting")
        and not isinstance(error, (ResticFailure, NotLoaded, HostFailure))
        and not any(words in text for words in FULL_WORDS)
        and room.free_bytes(paths.STATE) > FULL_BYTES
    )


def words(journal, error):
    """The last log lines that explain a failure: those that came with it, else the application's since it was started."""
    if getattr(error, "log", None):
        return error.log
    return service.last_words(journal.workload, journal.entered_at("starting")) if journal.reached("starting") else []


def saves_data(workload, transaction):
    """Whether it will use the repository, as far as can be told before its turn."""
    with contextlib.suppress(Refused):
        request, record = staging.load(workload, transaction), records.confirmed(workload)
        if request["kind"] == "remove":
            return bool(record and record["request"].get("backup"))
        begins = record is None and bool(request["backup"])
        return begins or data_plan.wants_backup(request, record) or data_plan.wants_restore(request, record)
    return False


def prepare(workload, transaction, saves):
    """Checks what can be checked before anything is touched, and begins the journal."""
    request = staging.load(workload, transaction)
    made, record, predecessors, its_data, begins, process = [], None, [], None, None, None
    if request["kind"] == "remove":
        checks.before_remove(request)
        seen, action = observed.observe(workload), "remove"
    else:
        with podman.asked_ahead(workload, request["image"]):
            state = service.state(workload)
        process = service.first_process(podman.container(workload))
        predecessors = checks.before_apply(request, state)
        tree.move_edits_aside(workload, request["filesHash"], request["files"])
        seen = observed.observe(workload, state)
        data_plan.check_restore(request, seen.record)
        action = observed.action(seen, request)
        record = records.next_record(request, transaction, seen.record)
        begins = begins_with(request, action)
        its_data = data_plan.plan(request, seen.record, action, begins and (begins.place, begins.snapshot.id))
        if its_data and not saves:
            raise Refused(f"what an earlier transaction of {workload} left was settled meanwhile. Run `pulumi up` again.")
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
            "data": its_data,
            "begins": begins.words if begins else "",
            "old": {
                "record": seen.record,
                "units": seen.units,
                "link": seen.link,
                "process": process,
                "restarts": int(seen.state["NRestarts"] or 0),
                "limits": limits.actual(seen.container) if seen.container else {},
            },
        },
    )


def begins_with(request, action):
    """The snapshot that a new workload without data begins with. Rebuilding a host and setting one up are one path.

    That there is none anywhere is one thing, that nobody can tell is another: data that is somewhere must not be begun anew, nor
    from an old copy of it. `initialise` says to go on with what is found.
    """
    workload = request["workload"]
    if action != "create" or not request["backup"] or data_plan.wants_restore(request, None) or not data_plan.is_empty(workload):
        return None
    try:
        return snapshots.newest(workload)
    except snapshots.Unanswered as unanswered:
        if request["initialise"]:
            return unanswered.found
        raise Refused(
            f"{workload} has no data on this host, and {unanswered} Bring it back and run `pulumi up` again. If {workload} shall begin"
            f" {'with that one' if unanswered.found else 'with empty data'} all the same,"
            f" name it under homelab:initialise in Pulumi.{request['host']}.yaml."
        ) from unanswered


def prepare_units(request):
    try:
        units.prepare(request["units"])
    except OSError as error:
        raise Refused(
            f"{paths.ETC_UNITS} cannot be written: {error.strerror}. Nothing was stopped."
            " Make it writable (see `mount` and `df` on the host), then run `pulumi up` again."
        ) from error
