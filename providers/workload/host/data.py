"""A workload's data in its transaction: saved before another version gets it, and put back if that version does not serve.

Where the file system can share the content of files between copies, the data to go back to is such a copy, made in no time.
Elsewhere it is written anew, out of the cold snapshot, when it is needed.
"""

import contextlib
import threading
import time

import backup
import commands
import data_folders
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


def prepare(journal):
    """All that can be done while the old version serves. Raises Failure: nothing was stopped, and nothing is."""
    what = journal.facts.get("data")
    if not what:
        return
    place = data_folders.of(journal)
    if what["restore"]:
        with _explained(f"the data of {journal.workload} was not restored"):
            first, identifier = what["restore"]
            repository, snapshot = snapshots.holder(journal.workload, identifier, first)
            _check_room(snapshot.size, "the data of the snapshot, beside what is there,")
            dumps.fetch(journal, repository, snapshot)
            empty = not snapshot.has(place.live)
            data_folders.fetch(repository, snapshot.id, place.live, place.draft, place.instead, verify=True, empty=empty)
            journal.note("restored", {"from": repository.name, "bytes": snapshot.size})
    if what["save"]:
        with _explained(f"{journal.workload} was not changed, since its data could not be backed up"):
            request = _saved(journal)
            there, added = backup.ready(journal.workload, request["backup"]["paths"])
            if not what["restore"]:
                _keep_room(place, there, request, added)
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


def _keep_room(place, there, request, added):
    """For the data beside itself, once it is saved: going back must be possible before anything is touched, and stay so."""
    size = room.size(request["backup"]["paths"])
    repository = added if room.same_disk(there.location, paths.DATA) else 0
    _check_room(size + repository, "data to go back to, beside that of the new version,")
    data_folders.reserve(place.room, size + room.MARGIN_BYTES)


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
    """The cold backup of data that lies aside already: it goes on while the new version starts.

    Left well, it is waited for. Left by an exception, it is ended first: going back takes the folder that restic reads to where the
    old version writes to it, and a snapshot that goes on meanwhile has a bit of both.
    """

    def __init__(self, journal, moved):
        self.journal, self.moved, self.error = journal, moved, None
        self.unwanted = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with commands.until(self.unwanted):
                _save_cold(self.journal, self.moved)
        except Exception as error:  # Raised where it is waited for.
            self.error = error

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.unwanted.set()
        self.thread.join()
        if not kind and self.error:
            raise self.error


def save(journal):
    """The second snapshot, of the stopped workload. Raises Failure for one that failed or is empty."""
    what = journal.facts.get("data")
    if not what or not what["save"]:
        return
    # What is replaced lies aside in a moment anyway, and can be read there.
    if not what["restore"]:
        if data_folders.clone(journal):
            files.remove(data_folders.of(journal).room)
        else:
            _save_cold(journal, None)
    journal.enter("saved")


def _save_cold(journal, moved):
    with _explained(f"{journal.workload} was not changed, since its data could not be backed up"):
        saved = backup.cold(places.local(), _saved(journal), _marks(journal, "cold"), journal.noted("warm"), moved)
    before = _writer(journal)
    point = {"snapshot": saved.id, "image": before["image"], "imageTag": before["imageTag"]}
    journal.note("restore-point", {**point, "time": int(time.time()), "bytes": saved.size})


def bring_in(journal):
    """The data that was asked for takes the place of what is there. Returns the backup that still runs, for a `with`."""
    what = journal.facts.get("data")
    if not what:
        return contextlib.nullcontext()
    place = data_folders.of(journal)
    if what["restore"]:
        data_folders.exchange(place.live, place.instead, place.before, what["recipe"])
    return Saving(journal, place.before) if what["save"] and place.before.exists() else contextlib.nullcontext()


def must_go_back(journal):
    """Whether the data that is there is not that of the old version: it must not start on it."""
    what, place = journal.facts.get("data"), data_folders.of(journal)
    if not what or what["fresh"] or journal.reached("commit"):
        return False
    if what["restore"]:
        return place.before.exists()
    return journal.reached("starting") and not (place.failed.exists() and place.live.exists() and not place.before.exists())


def is_at_hand(journal):
    """Whether putting the data back needs no more than some renames."""
    return data_folders.of(journal).before.exists()


def put_back(journal):
    """The old version's data takes its place again. What runs was stopped before, so nothing is deleted here: that takes its time.

    Returns the folder of what the new version made of it, None if there is none.
    """
    what, place = journal.facts.get("data"), data_folders.of(journal)
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
                files.remove(place.room)
                # Less than that cannot do, and each try would fill the disk for all others. More was kept, and may be in use by now.
                room.demand(paths.DATA, point["bytes"], "the data to go back to needs", margin=0)
                data_folders.fetch(places.local(), point["snapshot"], place.live, place.draft, place.before, wait=False)
                numbers["bytes"] = point["bytes"]
        data_folders.exchange(place.live, place.before, place.failed, what["recipe"])
    files.remove(place.room)
    for left in (place.draft, place.instead):
        files.discard(left)
    if not journal.reached("starting"):
        files.discard(place.before)
    if what["restore"]:
        # What came out of a snapshot is still there.
        files.discard(place.failed)
    return place.failed if place.failed.exists() else None


def keep_new(journal):
    """Confirmed: what was there before is not needed, but for data that a restore replaced. Returns what to tell a person."""
    what, place = journal.facts.get("data"), data_folders.of(journal)
    if not what:
        return ""
    if what["restore"] and place.before.exists() and not what["fresh"]:
        files.rename(place.before, place.failed)
    for left in (place.room, place.draft, place.instead, place.before):
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
    what, place = journal.facts.get("data"), data_folders.of(journal)
    if not what or not what["fresh"]:
        return put_back(journal)
    for left in (place.draft, place.instead, place.before):
        files.discard(left)
    if journal.reached("switched"):
        files.discard(place.live)
    return None


def forget_warm(journal):
    """The first snapshot has served. That it cannot be forgotten now is no reason to fail: it is swept with the others."""
    identifier = journal.noted("warm")
    if identifier:
        with contextlib.suppress(Failure):
            restic.forget(places.local(), [identifier])
