"""Dumps of a database by the application's own programs: written while it serves, read into an empty database by a restore.

A hot snapshot has the dump in place of the volume with the live database. Who restores one begins with that volume empty, so the
dump is loaded as soon as the application answers, and before anything is confirmed: on an empty database it is healthy, too.
"""

import os
import signal
import subprocess

import files
import paths
import restic
import room
from errors import Failure

SECONDS = 3600


class NotLoaded(Failure):
    """A dump that the database did not take: the fault of the snapshot, and not of the version that was to have its data."""


def folder(workload):
    """Where the last dump lies, for restic to read."""
    return paths.BACKUP / "dump" / workload


def write(workload, how):
    """A dump, in the container. The exit status counts, and the size."""
    files.make_directory(folder(workload))
    # Beside the last one, as whose size is taken what the next one will need.
    room.demand(folder(workload), room.size([folder(workload)]), f"a dump of {workload} may need")
    draft = files.temporary(folder(workload) / how["file"])
    with open(draft, "wb") as out:
        code, said = _execute(workload, how["command"], subprocess.DEVNULL, out)
        os.fsync(out.fileno())
    size = draft.stat().st_size
    if code != 0 or size < how["leastBytes"]:
        files.remove(draft)
        why = f"exit status {code}" if code else f"only {size} bytes, {how['leastBytes']} are the least"
        raise Failure(f"the dump of {workload} failed ({why})", said)
    files.rename(draft, folder(workload) / how["file"])


def is_in_place_of_data(workload, snapshot):
    """Whether a snapshot has a dump, and not the database itself: what stopped has both."""
    return snapshot.tags.get("kind") == "hot" and str(folder(workload)) in snapshot.paths


def fetch(journal, repository, snapshot):
    """Takes such a dump out of a snapshot, into the journal, with which it goes. Raises Failure where nobody could load it."""
    workload = journal.workload
    if not is_in_place_of_data(workload, snapshot):
        return
    how = _recipe(journal)
    if not how.get("load"):
        raise Failure(f"snapshot {snapshot.id[:8]} has a dump of its database, and {workload} does not say how one is loaded")
    files.make_directory(journal.path / "dump")
    restic.restore(repository, snapshot.id, str(folder(workload)), journal.path / "dump", verify=True)
    if not (journal.path / "dump" / how["file"]).is_file():
        raise Failure(f"snapshot {snapshot.id[:8]} has no {how['file']}")


def load(journal):
    """Loads what {@link fetch} took, into the application that answers by now. Returns whether there was anything."""
    if not (journal.path / "dump").is_dir():
        return False
    how = _recipe(journal)
    try:
        with open(journal.path / "dump" / how["file"], "rb") as dump:
            code, said = _execute(journal.workload, how["load"], dump, subprocess.DEVNULL, "--interactive")
    except Failure as failure:
        raise NotLoaded(str(failure)) from failure
    if code != 0:
        raise NotLoaded(f"{journal.workload} did not take the dump of its database (exit status {code})", said)
    return True


def _recipe(journal):
    """By which it is loaded: that of the version that loads it, if that has one."""
    return (journal.request["backup"] or journal.facts["data"]["recipe"])["hot"]


def _execute(workload, command, stdin, stdout, *options):
    """Runs a command in the container; its exit status, and its last words on stderr.

    `podman exec` ends with the status of the command; a shell or a pipe in between would hide it.
    """
    argv = ["podman", "exec", *options, workload, *command]
    child = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, start_new_session=True)
    try:
        said = child.communicate(timeout=SECONDS)[1].decode("utf-8", "replace").strip()
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        raise Failure(f"{command[0]} in {workload} did not end within {SECONDS} s") from None
    return child.returncode, said.splitlines()[-20:]
