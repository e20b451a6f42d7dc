"""Backups that a timer asks for."""

import json
import sqlite3
import sys

import backup
import locks
import settle
from errors import Failure, Refused


def main(workload):
    """The verb `backup`: a hot one, in turn with the transactions of the workload. Prints it as JSON."""
    with locks.repository(), locks.slot(), locks.workload(workload):
        try:
            settle.leftover(workload)
            saved = backup.hot(workload)
        except (Failure, Refused, OSError, sqlite3.Error) as error:
            print(f"{workload}: {error}", file=sys.stderr)
            return 1
    print(json.dumps({"workload": workload, **saved._asdict()}))
    return 0
