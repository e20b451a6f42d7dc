"""For timers that touch a workload (a backup, a clean-up): they wait for the same locks as a transaction."""

import subprocess
import sys

import locks
import records
import settle
from errors import Refused


def run(workload, argv):
    """The verb `in-turn`: runs a command while no transaction of the workload runs, nor can begin.

    What an interrupted transaction left is settled first: nobody may work on a half. Returns the command's exit status.
    """
    with locks.slot(), locks.workload(workload):
        try:
            settle.leftover(workload)
        except Refused as error:
            print(error, file=sys.stderr)
            return 1
        # Asked under the lock: it may have been removed meanwhile. A name that is mistyped must not look like a success.
        if records.confirmed(workload) is None:
            print(f"{workload} is not known here", file=sys.stderr)
            return 1
        return subprocess.call(argv)
