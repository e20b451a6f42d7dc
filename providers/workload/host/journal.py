"""The journal of a transaction: what was there, what is wanted, how far it came. Settling goes by it alone.

It is a directory, complete from the moment its name exists (made beside, synced, renamed), and it goes as a whole. How far the
transaction came stands in marks: empty files that are there from the start as `<phase>.todo` and are renamed to
`<phase>.done`, since a rename needs no space on a disk that has become full. The mark `commit` is the point of no return.
"""

import contextlib
import json
import os
import time
from pathlib import Path

import files
import paths
from errors import Refused, Unreadable

VERSION = 2

# In order. A mark is made before its step begins, `saved` when the data is in the repository, `commit` when the new version has
# proved itself. From `starting` on the new version may have written to the data.
PHASES = ("staged", "stopping", "stopped", "saved", "switched", "starting", "waiting", "commit", "cleaning")
# Journals that an earlier version of this program left, by what their phases lack.
EARLIER = {1: {"saved"}}

# Given free when going back: podman cannot start the old version either where the disk has no room at all.
SPARE_BYTES = 16 * 1024 * 1024
SPARE_FILES = 64

INTERRUPTED = "the transaction was ended from outside before it was confirmed."


class Journal:
    """One transaction's journal. `facts` never change once it exists."""

    def __init__(self, path, facts):
        self.path = path
        self.facts = facts
        self.workload = facts["workload"]
        self.transaction = facts["transaction"]
        self.action = facts["action"]
        self.request = facts["request"]
        self.old = facts["old"]
        # Moments of the monotonic clock, which nobody sets: when this process entered each phase, and when the application
        # gave its first good answer, known only to who waited for it.
        self.entered = {}
        self.answered = None

    def enter(self, phase):
        """Marks a phase as reached, on the disk."""
        hold(phase)
        self.entered[phase] = time.monotonic()
        if not self.reached(phase):
            files.rename(self.path / f"{phase}.todo", self.path / f"{phase}.done")
            os.utime(self.path / f"{phase}.done")

    def reached(self, phase):
        return (self.path / f"{phase}.done").exists()

    def entered_at(self, phase):
        """When a phase was entered, on the monotonic clock. Of another process' phases only the clock on the wall tells."""
        return self.entered.get(phase) or on_monotonic_clock((self.path / f"{phase}.done").stat().st_mtime)

    def duration(self):
        """Seconds since the transaction began."""
        return time.monotonic() - (self.entered.get("begun") or on_monotonic_clock(self.facts["started"]))

    def outage(self):
        """Seconds from the stop to the first good answer: measured where one process saw both, else as well as can be told.

        Of a new workload it is that of those whose place it takes.
        """
        served_before = self.action != "create" or self.facts.get("predecessors")
        if not served_before or not self.reached("stopping"):
            return 0.0
        served = self.answered or (self.entered_at("commit") if self.reached("commit") else time.monotonic())
        return served - self.entered_at("stopping")

    def fail(self, message, log, blame=False):
        """Keeps the reason for going back, for the outcome; a full disk may lose it.

        :param blame: whether it lies with the new version.
        """
        with contextlib.suppress(OSError):
            files.write(self.path / "failure.json", json.dumps({"message": message, "log": log, "blame": blame}))

    def failure(self):
        """The reason for going back. Without one the transaction was ended from outside."""
        kept = files.text(self.path / "failure.json")
        return json.loads(kept) if kept else {"message": INTERRUPTED, "log": [], "blame": False}

    def note(self, name, value):
        """Keeps what became known on the way, on the disk when this returns."""
        files.write(self.path / f"{name}.json", json.dumps(value))

    def noted(self, name):
        """What {@link note} kept, None if it never did."""
        return json.loads(files.text(self.path / f"{name}.json") or "null")

    def free_spare(self):
        """Gives the reserved space back to the disk."""
        files.remove_tree(self.path / "spare")

    def finish(self):
        files.remove_tree(self.path)


def on_monotonic_clock(seconds):
    """A time since 1970 as a moment of the monotonic clock: right as long as nobody set the clock in between."""
    return time.monotonic() - (time.time() - seconds)


def reserve(path):
    """Reserves room on the disk. Raises OSError where there is none: then nothing was stopped yet."""
    path.mkdir()
    for number in range(SPARE_FILES):
        (path / str(number)).touch()
    descriptor = os.open(path / "room", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, SPARE_BYTES)
    finally:
        os.close(descriptor)


def begin(staged, facts):
    """Turns a staged directory into the journal of a transaction.

    What was staged is on the disk already. Of the marks, which are empty, the folder is enough; each sync takes a card its time.
    """
    facts = {"version": VERSION, **facts}
    try:
        reserve(staged / "spare")
        for phase in PHASES:
            (staged / f"{phase}.todo").touch()
        files.sync(staged / "spare")
        # Syncs the folder, too.
        files.write(staged / "journal.json", json.dumps(facts))
        files.make_directory(paths.JOURNAL)
        files.rename(staged, paths.JOURNAL / facts["workload"])
    except OSError as error:
        raise Refused(
            f"the transaction's journal could not be written to {paths.JOURNAL}: {error.strerror}."
            " Make room on the disk (or see why it cannot be written), then run `pulumi up` again."
        ) from error
    journal = Journal(paths.JOURNAL / facts["workload"], facts)
    journal.entered["begun"] = time.monotonic()
    return journal


def load(workload):
    """The journal of a transaction that has not ended, None if there is none."""
    path = paths.JOURNAL / workload
    if not path.is_dir():
        return None
    try:
        facts = json.loads(files.text(path / "journal.json") or "")
        version = facts["version"]
    except (ValueError, KeyError, TypeError):
        raise Unreadable(f"{path}/journal.json is not complete") from None
    if version != VERSION and version not in EARLIER:
        raise Unreadable(f"{path} was written by another version of this program ({version}, not {VERSION})")
    phases_then = [phase for phase in PHASES if phase not in EARLIER.get(version, ())]
    missing = [phase for phase in phases_then if not any((path / f"{phase}.{end}").exists() for end in ("todo", "done"))]
    if missing or facts.get("workload") != workload:
        raise Unreadable(f"{path} is not complete: {', '.join(missing) or 'it names another workload'}")
    return Journal(path, facts)


def open_workloads():
    """Workloads with a journal."""
    return sorted(path.name for path in Path(paths.JOURNAL).glob("[!.]*")) if paths.JOURNAL.is_dir() else []


def touched():
    """Workloads that an open transaction touches: its own, and those whose place it takes."""
    found = set(open_workloads())
    for workload in sorted(found):
        with contextlib.suppress(Unreadable):
            journal = load(workload)
            found |= set(journal.facts.get("predecessors", []) if journal else [])
    return found


def phases(workload):
    """The phases that an open transaction has reached, in order."""
    return [phase for phase in PHASES if (paths.JOURNAL / workload / f"{phase}.done").exists()]


def transaction_of(workload):
    """The id of the transaction of a journal that cannot be read, '' if even that is lost."""
    try:
        return json.loads(files.text(paths.JOURNAL / workload / "request.json") or "")["transaction"]
    except (ValueError, KeyError, TypeError):
        return ""


def set_aside(workload):
    """Keeps a journal that nobody can settle for a person to read, without keys and data in it. Returns its new place."""
    target = paths.UNSETTLED / f"{workload}-{int(time.time())}"
    for part in ("files", "dump", "spare"):
        files.remove_tree(paths.JOURNAL / workload / part)
    files.make_directory(paths.UNSETTLED)
    files.rename(paths.JOURNAL / workload, target)
    return target


def hold(name):
    """Waits for as long as /run/homelab/hold/<name> exists.

    So the rehearsal and the tests let a fault fall exactly between two steps. On a host nobody makes that file.
    """
    path = paths.HOLD / name
    while path.exists():
        (paths.HOLD / f"{name}.reached").touch()
        time.sleep(0.05)
