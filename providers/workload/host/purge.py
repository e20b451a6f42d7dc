"""Data that nobody needs any more goes, when a person says so."""

import sys

import backup
import consistent
import data
import files
import holds
import journal as journals
import locks
import paths
import records
from errors import Failure, Refused


def drop_failed(workload):
    """The verb `drop-failed`: what failed versions and restores left of a workload's data."""
    with locks.workload(workload):
        # What a transaction on its way put aside is still its own.
        if workload in journals.open_workloads():
            print(f"a transaction of {workload} is on its way", file=sys.stderr)
            return 1
        dropped = data.kept(workload)
        for folder in dropped:
            files.remove_tree(folder)
            print(f"dropped {folder}")
    if not dropped:
        print(f"{workload} has none")
    return 0


def purge(workload, without_backup=False):
    """The verb `purge`: the data of a workload that was removed. Its snapshots stay for as long as they are kept."""
    with locks.repository(), locks.workload(workload):
        try:
            if records.confirmed(workload) or workload in journals.open_workloads():
                raise Refused(f"{workload} is still on this host: take it out of the program and run `pulumi up` first")
            if not (paths.DATA / workload).exists() and not data.kept(workload):
                raise Refused(f"there is no data of {workload} on this host")
            last = None if without_backup else _last(workload)
            if not last and not without_backup:
                raise Refused(f"there is no snapshot of {workload}. To delete the only copy: homelab purge {workload} --without-backup")
        except (Refused, Failure) as error:
            print(error, file=sys.stderr)
            return 1
        for folder in (paths.DATA / workload, *data.kept(workload), consistent.DUMPS / workload):
            files.remove_tree(folder)
        holds.forget(workload)
    print(f"the data of {workload} was deleted" + (f"; its last snapshot is {last.id[:8]} of {last.time[:16]}" if last else ""))
    return 0


def _last(workload):
    found = backup.restorable(workload)
    return found[-1] if found else None
