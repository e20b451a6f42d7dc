"""The copy of Pulumi's state that `npm run deploy` leaves here, encrypted: nobody on this host can read it.

It lies on the disk, and as a snapshot without a workload in the repository, which the timers take on to the other places.
"""

import os
import sys

import backup
import files
import locks
import paths
import places
import restic
import settings
from errors import Failure, Refused

AGE = "-----BEGIN AGE ENCRYPTED FILE-----"
TAGS = {"kind": "hot", "of": "pulumi-state"}
# Snapshots that are kept here. Each is some hundred kilobytes.
KEPT = 30


def main():
    """The verb `keep-state`: the copy is on stdin."""
    text = sys.stdin.read()
    if not text.startswith(AGE):
        print("this is no encrypted copy of a state; that of before is kept", file=sys.stderr)
        return 1
    try:
        files.make_directory(paths.STATE_COPY)
        files.write(paths.STATE_COPY / "state.age", text)
        with locks.repository():
            there, _ = backup.ready()
            saved = restic.backup(there, settings.load()["host"], [paths.STATE_COPY], TAGS)
            forget_old()
    except (Failure, Refused, OSError) as error:
        lies = os.path.exists(paths.STATE_COPY / "state.age")
        print(f"the copy of the state is {'on the disk, but ' if lies else ''}not in the repository: {error}", file=sys.stderr)
        return 1
    print(f"snapshot {saved.id[:8]}")
    return 0


def forget_old():
    mine = [snapshot.id for snapshot in places.whole(places.local(), **TAGS)]
    if len(mine) > KEPT:
        restic.forget(places.local(), mine[:-KEPT])
