"""Backups that a timer asks for."""

import json
import sys

import backup
import locks
import places
import records
import results
import settings
import settle
from errors import Failure, Refused

FAILURES = (Failure, Refused, OSError)


def main(workload):
    """The verb `backup NAME`: a hot one, in turn with the transactions of the workload. Prints it as JSON."""
    try:
        saved = save(workload)
    except FAILURES as error:
        print(f"{workload}: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"workload": workload, **saved._asdict()}))
    return 0


def tier(name):
    """The verb `backup --tier NAME`: of all its workloads that run here. One that fails keeps the others from nothing."""
    failed = False
    for workload, declared in settings.load()["workloads"].items():
        record = records.confirmed(workload)
        if declared["tier"] != name or not record or not record["request"].get("backup"):
            continue
        try:
            save(workload)
        except FAILURES as error:
            failed = True
            print(f"{workload}: {error}", file=sys.stderr)
    return 1 if failed else 0


def save(workload):
    """One backup; what came of it is noted. Waiting for its turn is no part of how long it took."""
    with locks.repository(), locks.slot(), locks.workload(workload), results.noted("backup", workload) as numbers:
        settle.leftover(workload)
        saved = backup.hot(workload)
        numbers["bytes"] = saved.size
    note_newest(workload)
    return saved


def note_newest(workload):
    """The metric of its age goes by what the repository has."""
    taken = places.restorable(places.local(), workload)
    if taken:
        results.newest(places.LOCAL, {workload: places.seconds(taken[-1].time)})
