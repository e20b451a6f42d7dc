"""Data that nobody needs any more goes, when a person says so."""

import sys

import data_folders
import dumps
import files
import holds
import journal as journals
import locks
import paths
import places
import records
import snapshots
import times
from errors import Failure, Refused


def drop_failed(workload):
    """The verb `drop-failed`: what failed versions and restores left of a workload's data."""
    with locks.workload(workload):
        # What a transaction on its way put aside is still its own.
        if workload in journals.open_workloads():
            print(f"a transaction of {workload} is on its way", file=sys.stderr)
            return 1
        dropped = data_folders.kept(workload)
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
            if not (paths.DATA / workload).exists() and not data_folders.kept(workload):
                raise Refused(f"there is no data of {workload} on this host")
            last = None if without_backup else _last(workload)
        except (Refused, Failure) as error:
            print(error, file=sys.stderr)
            return 1
        for folder in (paths.DATA / workload, *data_folders.kept(workload), dumps.folder(workload)):
            files.remove_tree(folder)
        holds.forget(workload)
    print(f"the data of {workload} was deleted" + (f"; its last snapshot is {last.id[:8]} of {snapshots.taken(last)}" if last else ""))
    return 0


def _last(workload):
    """The snapshot, wherever it lies, that has all of the data.

    Raises Refused where none is known to: its last backup failed, or somebody wrote to it since.
    """
    anyway = f"To delete the only copy: homelab purge {workload} --without-backup"
    (found, silent), written = snapshots.everywhere(workload), _written(paths.DATA / workload)
    anyway += "".join(f"\n{name}, which may have more, does not answer: {reason}" for name, reason in silent.items())
    if not found:
        raise Refused(f"there is no snapshot of {workload}. {anyway}")
    _, last = found[-1]
    # In whole seconds: what an application writes as it ends may be of the one in which its last backup begins.
    if written > places.seconds(last.time):
        raise Refused(
            f"the last snapshot of {workload}, {last.id[:8]}, is of {snapshots.taken(last)},"
            f" and its data was written to until {times.text(written)}. {anyway}"
        )
    return last


def _written(folder):
    """When anything in a folder was written last, in seconds since 1970; 0 where there is nothing.

    Its own time does not count: it is that of volumes put in their place, by a restore for example.
    """
    return max((int(path.lstat().st_mtime) for path in folder.rglob("*")), default=0)
