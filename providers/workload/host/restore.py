"""What a person, or `operations/`, asks of snapshots: which there are, and to have one back.

Having one back is a transaction like any change: written beside what is there, verified, swapped when the workload is down; it
goes back if the application does not answer on it. What was replaced is kept.
"""

import contextlib
import json
import sys
import time
from pathlib import Path

import apply
import dumps
import files
import paths
import records
import request as requests
import restic
import results
import room
import snapshots
from errors import Failure, Refused


def restore(workload, snapshot):
    """The verb `restore`: returns the outcome."""
    record = records.confirmed(workload)
    try:
        if record is None:
            raise Refused(f"{workload} is not known here")
        # Each is another request, also the same snapshot once more.
        return apply.again(requests.again(record, f"{snapshot}/{int(time.time())}"), record)
    except (Refused, Failure) as error:
        return records.outcome(workload, "", "refused", "none", str(error))


def write_to(workload, snapshot, folder):
    """The verb `restore … --to`: into a new folder, beside everything. Touches nothing that serves."""
    target = Path(folder)
    try:
        if target.exists() and any(target.iterdir()):
            raise Refused(f"{target} is not empty")
        target.mkdir(parents=True, exist_ok=True)
        with _nothing_left(target):
            repository, found = snapshots.holder(workload, snapshot)
            room.demand(target, found.size, "the data of the snapshot needs")
            # A name that is mistyped, or a folder without room, says nothing about the backups.
            with results.noted("restore", workload) as numbers:
                if found.has(paths.DATA / workload):
                    restic.restore(repository, found.id, str(paths.DATA / workload), target, verify=True)
                if dumps.is_in_place_of_data(workload, found):
                    (target / "dump").mkdir(exist_ok=True)
                    restic.restore(repository, found.id, str(dumps.folder(workload)), target / "dump", verify=True)
                numbers["bytes"] = found.size
    except (Refused, Failure, OSError) as error:
        print(f"{workload}: {error}", file=sys.stderr)
        return 1
    print(f"{workload}: the data of {snapshot} is in {target}")
    return 0


@contextlib.contextmanager
def _nothing_left(folder):
    """Empties a folder that was empty before, where what was to come into it did not come: half of it may fill the disk."""
    try:
        yield
    except (Refused, Failure, OSError):
        for path in folder.iterdir():
            files.remove_tree(path)
        raise


def show(workload, as_json):
    """The verb `snapshots`: what can be restored, wherever it lies, oldest first, of one workload or of all.

    A place that does not answer is named. Only if nothing was found either it is an error: it may have all there is.
    """
    try:
        found, silent = snapshots.everywhere(workload)
    except (Refused, Failure) as error:
        print(error, file=sys.stderr)
        return 1
    missed = [f"{name} does not answer, and may have more: {reason}" for name, reason in silent.items()]
    if missed and not found:
        print("no snapshot was found.", *missed, sep="\n", file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps({"snapshots": [_entry(*pair) for pair in found], "silent": missed}))
        return 0
    for place, snapshot in found:
        print(f"{snapshot.id[:8]}  {snapshots.taken(snapshot)}  {snapshot.tags['workload']:20} {snapshot.tags['kind']:5}"
              f" {snapshot.size / 1e6:10.1f} MB  {place:12} {snapshot.tags.get('image', '')[:19]}")
    print(*missed, sep="\n", end="\n" if missed else "")
    return 0


def _entry(place, snapshot):
    """Tags beside what restic says, `bytes` and `files` of the data, and the place that it is in."""
    said = {"id": snapshot.id, "time": snapshot.time, "host": snapshot.host, "bytes": snapshot.size, "files": snapshot.files}
    return {**snapshot.tags, **said, "place": place}
