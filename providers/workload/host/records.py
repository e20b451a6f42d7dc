"""What outlives a transaction: the record of what is confirmed, and how the last transaction ended."""

import json
import time

import announce
import files
import paths
import request as requests

RUN_OUTCOME = paths.RUN / "outcome"


def confirmed(workload):
    """The record of what serves, None if nothing was ever confirmed (or the record is not ours to read)."""
    try:
        return json.loads(files.text(paths.CONFIRMED / f"{workload}.json") or "null")
    except ValueError:
        return None


def all_confirmed():
    """All records by workload."""
    names = sorted(path.stem for path in paths.CONFIRMED.glob("[!.]*.json"))
    return {name: record for name in names if (record := confirmed(name))}


def next_record(request, transaction, before):
    """The record that a transaction leaves if it is confirmed.

    `images` are those that this workload ever used and that may still lie on the disk; all but the current and the
    previous one are removed. `outageSeconds` is what its last restart cost, None if there was none: what the next may cost.
    """
    same_image = before and before["request"]["image"] == request["image"]
    same_files = before and before["request"]["filesHash"] == request["filesHash"]
    earlier = (before or {}).get("previous") or {}
    return {
        "version": requests.VERSION,
        "request": request,
        "transaction": transaction,
        "time": int(time.time()),
        "previous": {
            "image": earlier.get("image") if same_image else before and before["request"]["image"],
            "filesHash": earlier.get("filesHash") if same_files else before and before["request"]["filesHash"],
        },
        "images": sorted({*(before or {}).get("images", []), request["image"]}),
        "outageSeconds": (before or {}).get("outageSeconds"),
        "restorePoint": (before or {}).get("restorePoint"),
    }


def write_confirmed(workload, record):
    files.make_directory(paths.CONFIRMED)
    files.write(paths.CONFIRMED / f"{workload}.json", json.dumps(record, indent=1))


def remove_confirmed(workload):
    files.remove(paths.CONFIRMED / f"{workload}.json")


def outcome(workload, transaction, result, action, message, log=(), outage=0.0, notes=""):
    """An `Outcome` of ../protocol.ts."""
    return {
        "version": requests.VERSION,
        "workload": workload,
        "transaction": transaction,
        "result": result,
        "action": action,
        "message": message,
        "notes": notes,
        "log": list(log),
        "outageSeconds": seconds(outage),
        "restorePoint": (confirmed(workload) or {}).get("restorePoint") if workload else None,
    }


def seconds(value):
    """A duration as outcomes and records have it; never below 0, whatever a clock did."""
    return round(max(0.0, value), 1)


def tell(journal, result, message, notes="", ended=True):
    """Writes the outcome of a journal's transaction, with what it cost and why it failed, and says it in the system's journal.

    :param notes: what a person has to hear of even if it went well.
    :param ended: False where the message says what is still to be done.
    """
    failed = result in ("reverted", "unsettled") and not journal.reached("commit")
    log = journal.failure()["log"] if failed else []
    words = " ".join(filter(None, (message, notes)))
    told = outcome(journal.workload, journal.transaction, result, journal.action, words, log, journal.outage(), notes)
    write_outcome(told)
    announce.end(journal, told, ended)


def write_outcome(value):
    """Keeps an outcome for whoever asks: in memory, where there is always room, and on the disk, if it has some."""
    name = f"{value['workload']}.json"
    files.make_directory(RUN_OUTCOME)
    files.write(RUN_OUTCOME / name, json.dumps(value))
    try:
        files.make_directory(paths.OUTCOME)
        files.write(paths.OUTCOME / name, json.dumps(value))
    except OSError:
        pass


def last_outcome(workload):
    """How the last transaction ended, None if none is known."""
    text = files.text(RUN_OUTCOME / f"{workload}.json") or files.text(paths.OUTCOME / f"{workload}.json")
    try:
        return json.loads(text or "null")
    except ValueError:
        return None
