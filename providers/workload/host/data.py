"""A workload's data in its transaction: saved before another version gets it, and put back if that version does not serve.

The data itself is the folder `data/<workload>`. All else lies beside it, so that it takes the place by renames, of which each can
be repeated:

  .<workload>.draft-<transaction>    being written
  .<workload>.instead-<transaction>  complete: the data that a request asks for
  .<workload>.before-<transaction>   complete: the data to go back to
  <workload>.failed-<transaction>    what a version left that did not serve, or data that was replaced; kept until a person drops it

Where the file system can share the content of files between copies (btrfs, XFS), the data to go back to is such a copy, made in
no time. Elsewhere it is written anew, out of the cold snapshot, when it is needed.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import threading
import time
from pathlib import Path
from typing import NamedTuple

import backup
import commands
import dumps
import files
import paths
import places
import restic
import results
import room
import service
import snapshots
from errors import Failure

# ioctl_ficlone(2).
FICLONE = 0x40049409
SYNC_SECONDS = 600


class Folders(NamedTuple):
    live: Path
    draft: Path
    instead: Path
    before: Path
    failed: Path


def folders(journal):
    name, transaction = journal.workload, journal.transaction
    hidden = [paths.DATA / f".{name}.{what}-{transaction}" for what in ("draft", "instead", "before")]
    return Folders(paths.DATA / name, *hidden, paths.DATA / f"{name}.failed-{transaction}")


def plan(request, record, action, found=None):
    """What a transaction does about the data; None if nothing.

    - `save`: another version gets what one has written, so a backup comes first. A label, a limit, a file need none.
    - `restore`: the place that is asked first, and the snapshot whose data takes the place.
    - `fresh`: it is new and has no data: there is nothing to go back to, and what it makes of nothing is worth nothing.

    :param record: of what is confirmed; :param found: (place, snapshot) to begin a new workload with.
    """
    recipe = recipe_of(request, record)
    if not recipe or action not in ("create", "restart"):
        return None
    save = wants_backup(request, record)
    restore = found or wants_restore(request, record) and ("local", request["restore"].partition("/")[0])
    fresh = action == "create" and is_empty(request["workload"])
    if not save and not restore and not fresh:
        return None
    return {"save": save, "restore": restore or None, "fresh": fresh, "recipe": recipe}


def recipe_of(request, record):
    """Its own recipe knows the old version's folders, also where the new one has none any more; else the new one's has to do."""
    return (record or {}).get("request", {}).get("backup") or request["backup"]


def wants_backup(request, record):
    """Whether another version gets data that one has written. Of data that a removed workload left nobody knows which one wrote it."""
    recipe = recipe_of(request, record)
    if not recipe:
        return False
    return record["request"]["image"] != request["image"] if record else _has_content(recipe)


def _has_content(recipe):
    """Whether there is anything to save. Empty files are none: a backup of nothing else fails."""
    found = (os.path.join(folder, name) for path in recipe["paths"] for folder, _, names in os.walk(path) for name in names)
    return any(stat.S_ISREG(status.st_mode) and status.st_size for status in map(os.lstat, found))


def wants_restore(request, record):
    """Whether a restore is asked for now, and was not carried out yet: the request may come again after its connection broke.

    What was asked for once stays in the requests that follow. It is not what the record says where a person had other data
    back since, or where the host has lost everything: data that is newer must not go for it.
    """
    done = record and record["request"].get("restore")
    return bool(request.get("restore") and request["restoring"] and request["restore"] != done)


def is_empty(workload):
    """Whether there is no data at all: no file below any of its folders."""
    root = paths.DATA / workload
    return not any(names for _, _, names in os.walk(root))


def prepare(journal):
    """All that can be done while the old version serves. Raises Failure: nothing was stopped, and nothing is."""
    what = journal.facts.get("data")
    if not what:
        return
    place = folders(journal)
    if what["restore"]:
        with _explained(f"the data of {journal.workload} was not restored"):
            first, identifier = what["restore"]
            repository, snapshot = snapshots.holder(journal.workload, identifier, first)
            _check_room(snapshot.size, "the data of the snapshot, beside what is there,")
            dumps.fetch(journal, repository, snapshot)
            _fetch(repository, snapshot.id, place.live, place.draft, place.instead, verify=True, empty=not snapshot.has(place.live))
            journal.note("restored", {"from": repository.name, "bytes": snapshot.size})
    if what["save"]:
        with _explained(f"{journal.workload} was not changed, since its data could not be backed up"):
            request = _saved(journal)
            there, added = backup.ready(journal.workload, request["backup"]["paths"])
            if not what["restore"]:
                _check_room(_to_go_back(there, request, added), "data to go back to, beside that of the new version,")
            journal.note("warm", backup.warm(there, request, _marks(journal, "warm")))
            if service.state(journal.workload)["ActiveState"] == "active":
                backup.quiesce(request)


@contextlib.contextmanager
def _explained(what):
    """Says of a failure what came, or did not come, of it."""
    try:
        yield
    except restic.ResticFailure as failure:
        raise restic.ResticFailure(f"{what}: {failure}", failure.kind, failure.log) from failure
    except (Failure, OSError) as failure:
        raise restic.ResticFailure(f"{what}: {failure}", restic.FAILED, getattr(failure, "log", ())) from failure


def _check_room(needed, what):
    """That data fits beside what is there."""
    files.make_directory(paths.DATA, 0o755)
    room.demand(paths.DATA, needed, f"{what} needs")


def _to_go_back(there, request, added):
    """Bytes that the data needs beside itself once it is saved: going back must be possible before anything is touched."""
    return room.size(request["backup"]["paths"]) + (added if room.same_disk(there.location, paths.DATA) else 0)


def _saved(journal):
    """The request by which the old data is saved: its folders, under the commit of the new one."""
    return {**journal.request, "backup": journal.facts["data"]["recipe"]}


def _writer(journal):
    """The request of the version that wrote the data. Of what a removed workload left nobody knows it."""
    record = journal.old["record"]
    return record["request"] if record else {"image": "", "imageTag": ""}


def _marks(journal, kind):
    return backup.tags(_saved(journal), kind, _writer(journal)["image"], journal.transaction, journal.request["image"])


class Saving:
    """The cold backup of data that lies aside already: it goes on while the new version starts."""

    def __init__(self, journal, moved):
        self.journal, self.moved, self.error = journal, moved, None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            _save_cold(self.journal, self.moved)
        except Exception as error:  # Raised where it is waited for.
            self.error = error

    def wait(self):
        self.thread.join()
        if self.error:
            raise self.error


def save(journal):
    """The second snapshot, of the stopped workload. Raises Failure for one that failed or is empty."""
    what = journal.facts.get("data")
    if not what or not what["save"]:
        return
    # What is replaced lies aside in a moment anyway, and can be read there.
    if not what["restore"] and not _clone(journal):
        _save_cold(journal, None)
    journal.enter("saved")


def _save_cold(journal, moved):
    with _explained(f"{journal.workload} was not changed, since its data could not be backed up"):
        saved = backup.cold(places.local(), _saved(journal), _marks(journal, "cold"), journal.noted("warm"), moved)
    before = _writer(journal)
    point = {"snapshot": saved.id, "image": before["image"], "imageTag": before["imageTag"]}
    journal.note("restore-point", {**point, "time": int(time.time()), "bytes": saved.size})


def bring_in(journal):
    """The data that was asked for takes the place of what is there. Returns the backup that still runs, None if none does."""
    what = journal.facts.get("data")
    if not what:
        return None
    place = folders(journal)
    if what["restore"]:
        _exchange(place.live, place.instead, place.before, what["recipe"])
    return Saving(journal, place.before) if what["save"] and place.before.exists() else None


def must_go_back(journal):
    """Whether the data that is there is not that of the old version: it must not start on it."""
    what, place = journal.facts.get("data"), folders(journal)
    if not what or what["fresh"] or journal.reached("commit"):
        return False
    if what["restore"]:
        return place.before.exists()
    return journal.reached("starting") and not (place.failed.exists() and place.live.exists() and not place.before.exists())


def is_at_hand(journal):
    """Whether putting the data back needs no more than some renames."""
    return folders(journal).before.exists()


def put_back(journal):
    """The old version's data takes its place again. What runs was stopped before.

    Returns the folder of what the new version made of it, None if there is none.
    """
    what, place = journal.facts.get("data"), folders(journal)
    if not what:
        return None
    if place.instead.exists() and not place.live.exists():
        # Cut off in the middle of the way there: volumes without a backup may be on the other side already.
        files.rename(place.instead, place.live)
    if must_go_back(journal):
        point = journal.noted("restore-point")
        if not place.before.exists() and not place.failed.exists():
            # Who prunes must not keep a workload down: what is needed here is referred to by a snapshot, so it stays.
            with results.noted("restore", journal.workload) as numbers:
                _fetch(places.local(), point["snapshot"], place.live, place.draft, place.before, wait=False)
                numbers["bytes"] = point["bytes"]
        _exchange(place.live, place.before, place.failed, what["recipe"])
    for left in (place.draft, place.instead):
        files.remove_tree(left)
    if not journal.reached("starting"):
        files.remove_tree(place.before)
    if what["restore"]:
        # What came out of a snapshot is still there.
        files.remove_tree(place.failed)
    return place.failed if place.failed.exists() else None


def keep_new(journal):
    """Confirmed: what was there before is not needed, but for data that a restore replaced. Returns what to tell a person."""
    what, place = journal.facts.get("data"), folders(journal)
    if not what:
        return ""
    if what["restore"] and place.before.exists() and not what["fresh"]:
        files.rename(place.before, place.failed)
    for left in (place.draft, place.instead, place.before):
        files.remove_tree(left)
    source = (journal.noted("restored") or {}).get("from", places.LOCAL)
    where = "" if source == places.LOCAL else f" in {source}"
    restored = f" Its data is that of snapshot {what['restore'][1][:8]}{where}." if what["restore"] else ""
    return restored + (f" The data that was replaced is kept in {place.failed}." if place.failed.exists() else "")


def note_restore(journal, problem):
    """Keeps what came of data that was asked for, once that is known: it has to be served, which is more than to be read.

    :param problem: in words, None if it went well.
    """
    if (journal.facts.get("data") or {}).get("restore"):
        size = {"bytes": restored["bytes"]} if (restored := journal.noted("restored")) else {}
        results.record("restore", journal.workload, problem, max(0.0, journal.duration()), **size)


def undo_create(journal):
    """Of a new workload that did not serve. What was restored for it is still in the repository; data that was there is put back.

    Returns where what it made of that is kept, None if there is none.
    """
    what, place = journal.facts.get("data"), folders(journal)
    if not what or not what["fresh"]:
        return put_back(journal)
    for left in (place.draft, place.instead, place.before):
        files.remove_tree(left)
    if journal.reached("switched"):
        files.remove_tree(place.live)
    return None


def kept(workload="*"):
    """Folders of data that was replaced, or that failed versions left: for a person to look at, and to drop."""
    return sorted(paths.DATA.glob(f"{workload}.failed-*"))


def left(workloads):
    """Folders of data whose workload is none of these any more."""
    found = paths.DATA.glob("[!.]*")
    return sorted(folder for folder in found if ".failed-" not in folder.name and folder.name not in workloads)


def owner(folder):
    """The workload whose data a folder of {@link kept} was."""
    return folder.name.partition(".failed-")[0]


def forget_warm(journal):
    """The first snapshot has served. That it cannot be forgotten now is no reason to fail: it is swept with the others."""
    identifier = journal.noted("warm")
    if identifier:
        with contextlib.suppress(Failure):
            restic.forget(places.local(), [identifier])


def _fetch(repository, identifier, live, draft, target, verify=False, wait=True, empty=False):
    """A snapshot's data as a complete folder, on the disk when this returns. Repeated, it does nothing.

    :param empty: there is none of it in the snapshot, which has but a dump.
    """
    if target.exists():
        return
    files.remove_tree(draft)
    files.make_directory(draft.parent, 0o755)
    draft.mkdir(mode=0o755)
    if not empty:
        restic.restore(repository, identifier, str(live), draft, verify, wait)
    # The folder itself is no part of the snapshot, only what is in it.
    draft.chmod(0o755)
    _sync(draft)
    files.rename(draft, target)


def _sync(path):
    """All at once: file by file it would take as long as there are files."""
    done = commands.run(["sync", "--file-system", str(path)], SYNC_SECONDS)
    if not done.ok:
        raise Failure(f"{path} could not be brought to the disk: {done.reason()}")


def _exchange(live, replacement, aside, recipe):
    """A folder takes the place of the live one, which goes aside. Volumes without a backup stay. Each step can be repeated."""
    if not replacement.exists():
        return
    if live.exists() and not aside.exists():
        files.rename(live, aside)
    saved = {Path(path).name for path in recipe["paths"]}
    for volume in sorted(aside.iterdir()) if aside.exists() else ():
        if volume.name not in saved and not (replacement / volume.name).exists():
            files.rename(volume, replacement / volume.name)
    files.rename(replacement, live)


def _clone(journal):
    """A copy that shares the content, as `before`. Returns whether the file system can do that."""
    place, recipe = folders(journal), journal.facts["data"]["recipe"]
    files.remove_tree(place.draft)
    place.draft.mkdir(mode=0o755)
    try:
        for path in recipe["paths"]:
            _clone_tree(Path(path), place.draft / Path(path).name)
    except OSError:
        files.remove_tree(place.draft)
        return False
    place.draft.chmod(0o755)
    _sync(place.draft)
    files.rename(place.draft, place.before)
    return True


def _clone_tree(source, target):
    """Raises OSError where the file system cannot share content, or meets what is neither file, folder nor link."""
    for folder, folders_, names in os.walk(source):
        there = target / Path(folder).relative_to(source)
        there.mkdir()
        for name in [*names, *(name for name in folders_ if os.path.islink(os.path.join(folder, name)))]:
            _clone_entry(Path(folder, name), there / name)
    # From the inside out: writing into a folder changes its time.
    for folder, _, _ in os.walk(source, topdown=False):
        _copy_status(Path(folder), target / Path(folder).relative_to(source))


def _clone_entry(source, target):
    status = source.lstat()
    if stat.S_ISLNK(status.st_mode):
        target.symlink_to(os.readlink(source))
    elif stat.S_ISREG(status.st_mode):
        with open(source, "rb") as old, open(target, "xb") as new:
            fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
    else:
        raise OSError(f"{source} is no file")
    _copy_status(source, target)


def _copy_status(source, target):
    status = source.lstat()
    os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    shutil.copystat(source, target, follow_symlinks=False)
