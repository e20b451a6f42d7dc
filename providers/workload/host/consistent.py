"""How data is had in one consistent piece while its workload serves: `hot` of a backup's recipe (`BackupRecipe` in lab/model.ts)."""

import contextlib
import json
import os
import shutil
import time
from pathlib import Path

import commands
import dumps
import files
import paths
import podman
import room
from errors import Failure

FLUSH_SECONDS = 10
SNAPSHOT_SECONDS = 300

WORK = paths.BACKUP / "work"  # consistent copies, for as long as restic reads them


def sources(workload, recipe):
    """Paths that restic reads: a dump is in place of the volume with the database."""
    how = recipe["hot"]
    if how["kind"] != "dump":
        return recipe["paths"]
    return [*(path for path in recipe["paths"] if path != how["path"]), str(dumps.folder(workload))]


@contextlib.contextmanager
def view(workload, recipe):
    """What restic has to see in place of files that change while it reads: arguments of {@link restic.backup}."""
    how = recipe["hot"]
    work = WORK / workload
    files.remove_tree(work)
    files.make_directory(work)
    try:
        match how["kind"]:
            case "files":
                _flush(workload, how["flush"])
                yield {}
            case "sqlite":
                yield _sqlite(how["databases"], work)
            case "dump":
                dumps.write(workload, how)
                yield {}
            case "prometheus":
                with _prometheus(how) as snapshot:
                    # Its files are links to those of the data, and the time at which a link was made is no change.
                    yield {"mounts": [(snapshot, how["path"])], "options": ["--ignore-ctime"]}
    finally:
        files.remove_tree(work)


def _flush(workload, flush):
    """The application writes out what it holds in memory; its file says when it has."""
    if not flush:
        return
    path, before = Path(flush["file"]), _changed(flush["file"])
    podman.signal(workload, flush["signal"])
    deadline = time.monotonic() + FLUSH_SECONDS
    while _changed(path) == before:
        if time.monotonic() > deadline:
            raise Failure(f"{workload} did not write {path} within {FLUSH_SECONDS} s of a {flush['signal']}")
        time.sleep(0.1)


def _changed(path):
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return None


def _sqlite(databases, work):
    """Copies by SQLite itself, which waits for writers and sees no half of a transaction; each is asked whether it is whole."""
    import sqlite3

    mounts, beside = [], []
    for number, database in enumerate(databases):
        if os.path.islink(database) or not os.path.isfile(database):
            raise Failure(f"{database} is not there: nothing was backed up")
        copy = work / f"{number}.db"
        room.demand(work, os.path.getsize(database), f"a copy of {database} needs")
        try:
            with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as source:
                with contextlib.closing(sqlite3.connect(copy)) as target:
                    source.backup(target)
                    # The copy is one file: restored, it needs no log beside it.
                    target.execute("PRAGMA journal_mode=DELETE")
                    answer = target.execute("PRAGMA quick_check").fetchone()[0]
        except sqlite3.Error as error:
            raise Failure(f"{database} cannot be copied: {error}") from error
        if answer != "ok":
            raise Failure(f"{database} is damaged: {answer}")
        status = os.stat(database)
        os.chown(copy, status.st_uid, status.st_gid)
        os.chmod(copy, status.st_mode & 0o7777)
        os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
        mounts.append((copy, database))
        beside += [f"{database}-wal", f"{database}-shm", f"{database}-journal"]
    return {"mounts": mounts, "exclude": beside}


@contextlib.contextmanager
def _prometheus(how):
    """A snapshot of its own, which goes again. One that a kill or a power cut left would hold its old blocks for ever."""
    made = Path(how["path"], "snapshots")
    for left in made.glob("*") if not made.is_symlink() else ():
        shutil.rmtree(left, ignore_errors=True)
    done = commands.run(how["command"], SNAPSHOT_SECONDS)
    try:
        name = json.loads(done.out)["data"]["name"] if done.ok else ""
    except (ValueError, KeyError, TypeError):
        name = ""
    if not name or "/" in name:
        raise Failure(f"Prometheus made no snapshot: {done.reason()}")
    snapshot = made / name
    try:
        yield snapshot
    finally:
        shutil.rmtree(snapshot, ignore_errors=True)
