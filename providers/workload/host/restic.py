"""restic, the only module that runs it: its exit codes in words, its secrets by file and environment, its locks.

What repositories there are, and which of them is whose, is said elsewhere. Everything here is about one of them.
"""

import contextlib
import datetime
import json
import os
from pathlib import Path
from typing import NamedTuple

import commands
import unproven
from errors import Failure

PROGRAM = "/usr/local/bin/restic"

# Meanings of its exit statuses: https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes. New ones may be added at
# any time, so what is not named here is a failure. Nobody may take 3 for a success: what it could not read is not in the snapshot.
FAILED, INCOMPLETE, MISSING, LOCKED, PASSWORD, INTERRUPTED = "failed", "incomplete", "missing", "locked", "password", "interrupted"
STATUS = {1: FAILED, 2: FAILED, 3: INCOMPLETE, 10: MISSING, 11: LOCKED, 12: PASSWORD, 130: INTERRUPTED}

ADVICE = {
    MISSING: "there is no repository at {location}",
    LOCKED: "the repository {location} is locked by somebody else",
    PASSWORD: "the password in {password} does not open the repository {location}",
    INTERRUPTED: "restic was interrupted",
}

SHORT = 120
# A Pi copies some ten megabytes a second: enough for a few hundred gigabytes, and nothing hangs for ever.
LONG = 12 * 3600
RETRY_LOCK = "1m"
# With one thread restic takes some 150 MiB, with two 200, with a Pi's four 350; a disk is not faster than two.
THREADS, GENTLE_THREADS = "2", "1"

# What ssh says when it gives up, and what that means here. restic only says that the server closed the connection.
SSH_ADVICE = {
    "Host key verification failed": "it shows another ssh key than hostKey of the place in Pulumi.yaml",
    "Permission denied": "it does not let this host in: the SSH_KEY of the place is none that it knows",
}
SSH_SAID = "ssh: "


class Repository(NamedTuple):
    """Where snapshots lie, and by what file its password is known."""

    location: str
    password: str  # path of the file
    environment: dict = {}  # what its backend wants besides: credentials, certificates
    name: str = "local"
    owner: tuple = ()  # (uid, gid) that its files belong to, where that is not root
    ssh: dict | None = None  # of one on an sftp server: its host and port, and the files with our key and with the server's

    @property
    def local(self):
        """Whether it lies in a folder of this host."""
        return self.location.startswith("/")


class ResticFailure(Failure):
    """`kind` is one of the words above."""

    def __init__(self, message, kind, log=()):
        super().__init__(message, log)
        self.kind = kind


class Snapshot(NamedTuple):
    id: str
    time: str  # RFC 3339
    host: str
    tags: dict  # `key=value` by key
    paths: list
    files: int
    size: int  # bytes that a restore needs
    original: str = ""  # of a copy: id of what it was copied from

    @property
    def names(self):
        """Ids that mean it: its own, and that which it has where it was taken."""
        return [self.id, *([self.original] if self.original else [])]

    def has(self, folder):
        """Whether there is anything of a folder in it."""
        return any(Path(path).is_relative_to(folder) for path in self.paths)


def run(repository, arguments, seconds=SHORT, mounts=(), gentle=False):
    """Runs restic to its end. Raises ResticFailure for every exit status but 0.

    :param mounts: (what, where) of folders and files that this run alone sees in the place of others.
    :param gentle: leaves processor, memory and disk to those who serve.
    """
    done = _run(repository, arguments, seconds, mounts, gentle)
    if not done.ok:
        raise _failure(repository, arguments[0], done)
    return done


def _run(repository, arguments, seconds, mounts, gentle):
    """A lock in the way is removed if its process is gone; for any other it waits a while."""
    done = _start(repository, arguments, seconds, mounts, gentle)
    if done.code != 11:
        return done
    remove_dead_locks(repository)
    return _start(repository, ["--retry-lock", RETRY_LOCK, *arguments], seconds, mounts, gentle)


def _start(repository, arguments, seconds=SHORT, mounts=(), gentle=False):
    if not repository.ssh:
        return _execute(repository, [], arguments, seconds, mounts, gentle)
    # restic often ends before it has passed on what ssh said.
    with os.fdopen(os.memfd_create("ssh"), encoding="utf-8", errors="replace") as log:
        options = _by_ssh(repository.ssh, f"/proc/{os.getpid()}/fd/{log.fileno()}")
        done = _execute(repository, options, arguments, seconds, mounts, gentle)
        return done._replace(err="".join(f"{SSH_SAID}{line}\n" for line in log.read().splitlines()) + done.err)


def _execute(repository, options, arguments, seconds, mounts, gentle):
    cache = ["--no-cache"] if repository.local else []
    argv = [PROGRAM, *cache, *options, "--json", *arguments]
    if gentle:
        argv = ["nice", "-n", "10", "ionice", "-c", "3", *argv]
    argv = [*_as_owner(repository), *argv]
    threads = {"GOMAXPROCS": GENTLE_THREADS if gentle else THREADS}
    return commands.run(_seeing(mounts, argv), seconds, {**environment(repository), **threads})


def _by_ssh(server, log):
    """How ssh gets to an sftp server: asking nobody, and by nothing that lies on this host alone, where a new card would lack it.

    Its warnings are left out, among which nobody would find why it failed. A line that is dead is given up after a minute.
    """
    options = {
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": server["knownHosts"],
        "GlobalKnownHostsFile": "/dev/null",
        "LogLevel": "ERROR",
        "ConnectTimeout": 15,
        "ServerAliveInterval": 20,
    }
    words = ["-F", "none", "-E", log, "-i", server["key"], *(f"-o {key}={value}" for key, value in options.items())]
    return ["-o", f"sftp.args={' '.join(words)}"]


def _as_owner(repository):
    """As another user who may read everything (the password is root's), so that what is written is that user's at once."""
    if not repository.owner:
        return []
    user, group = repository.owner
    capability = "+dac_read_search"
    identity = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return ["setpriv", *identity, f"--inh-caps={capability}", f"--ambient-caps={capability}", "--"]


def with_source(repository, source):
    """The repository with another one to copy from, or to be made like."""
    additional = {"RESTIC_FROM_REPOSITORY": source.location, "RESTIC_FROM_PASSWORD_FILE": source.password}
    return repository._replace(environment={**repository.environment, **additional})


def _seen(path, mounts):
    """Where that lies which a run with these mounts sees at a path."""
    for what, where in mounts:
        if Path(path).is_relative_to(where):
            return Path(what, Path(path).relative_to(where))
    return path


def _seeing(mounts, argv):
    """The same command in a mount namespace of its own."""
    if not mounts:
        return argv
    script = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; shift; exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", *(str(path) for pair in mounts for path in pair), "--", *argv]


def environment(repository):
    """Never in an argument, which everybody on the host can read."""
    return {
        **repository.environment,
        "RESTIC_REPOSITORY": repository.location,
        "RESTIC_PASSWORD_FILE": repository.password,
        "RESTIC_CACHE_DIR": "/var/cache/homelab/restic",
        "RESTIC_PROGRESS_FPS": "0.01",
    }


def environment_file(path):
    """`KEY=value` by line, as systemd reads it too: credentials of a backend."""
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _failure(repository, command, done):
    kind = STATUS.get(done.code, FAILED)
    if done.code == commands.TIMED_OUT:
        kind = INTERRUPTED
    said = [entry for entry in messages(done.err) if entry.get("message_type") in ("error", "exit_error")]
    words = [entry.get("error", {}).get("message") or entry.get("message", "") for entry in said]
    ssh = [line.strip() for line in done.err.splitlines() if line.startswith(SSH_SAID)]
    # What is no JSON came from the system, or from a restic that panicked.
    words = words or [line for line in (done.err.strip() or done.out.strip()).splitlines() if not line.startswith("{")]
    reason = ADVICE.get(kind, "").format(location=repository.location, password=repository.password)
    last = words[-1].removeprefix("Fatal: ") if words else f"exit status {done.code}"
    return ResticFailure(f"restic {command}: {reason or _with_ssh(repository, ssh, last)}", kind, [*ssh, *words][-20:])


def _with_ssh(repository, said, reason):
    """What restic gives for a reason, in the words of ssh where that is why."""
    if not said:
        return reason
    advice = next((words for key, words in SSH_ADVICE.items() if key in said[-1]), "")
    return f"{repository.ssh['host']}: {advice} ({said[-1]})" if advice else f"{reason} ({said[-1]})"


def messages(text):
    """What `--json` printed, line by line."""
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict):
                yield entry


def exists(repository):
    """Whether the repository is there and opens. Raises ResticFailure where that cannot be told: wrong password, no answer."""
    try:
        run(repository, ["cat", "config"])
    except ResticFailure as failure:
        if failure.kind == MISSING:
            return False
        raise
    return True


def init(repository):
    """Makes a repository. One that is there already is an error of restic's."""
    run(repository, ["init"])


def snapshots(repository, **tags):
    """Snapshots with all of these tags, oldest first."""
    wanted = ["--tag", ",".join(f"{key}={value}" for key, value in tags.items())] if tags else []
    found = json.loads(run(repository, ["snapshots", *wanted]).out or "[]") or []
    return sorted(map(_snapshot, found), key=lambda snapshot: moment(snapshot.time))


def moment(time):
    """RFC 3339 as seconds since 1970 and nanoseconds. As text a time does not sort: in summer it has another zone than in winter."""
    whole, _, rest = time.partition(".")
    zone = rest.lstrip("0123456789")
    seconds = int(datetime.datetime.fromisoformat(whole + zone).timestamp())
    return seconds, int(rest.removesuffix(zone).ljust(9, "0"))


def _snapshot(entry):
    summary = entry.get("summary") or {}
    return Snapshot(
        id=entry["id"],
        time=entry["time"],
        host=entry["hostname"],
        tags=dict(tag.split("=", 1) for tag in entry.get("tags") or [] if "=" in tag),
        paths=entry["paths"],
        files=summary.get("total_files_processed", 0),
        size=summary.get("total_bytes_processed", 0),
        original=entry.get("original", ""),
    )


class Saved(NamedTuple):
    id: str
    files: int
    size: int  # bytes of the data
    added: int  # bytes that the repository grew by


def backup(repository, host, paths, tags, parent=None, exclude=(), mounts=(), gentle=False, options=(), seconds=LONG):
    """One snapshot of these paths. Raises ResticFailure for one that is incomplete or empty: nobody takes it for a backup.

    :param parent: id of the snapshot whose files need not be read again where they did not change.
    :param options: further ones of `restic backup`.
    """
    # restic before 0.19 took a path that is missing for a warning; asked here, it is told in our words too.
    missing = [str(path) for path in paths if not os.path.lexists(_seen(path, mounts))]
    if missing:
        raise ResticFailure(f"{missing[0]} is not there: nothing was backed up", INCOMPLETE)
    arguments = ["backup", "--host", host, *options]
    for key, value in tags.items():
        arguments += ["--tag", f"{key}={value}"]
    arguments += ["--parent", parent] if parent else []
    for pattern in exclude:
        arguments += ["--exclude", pattern]
    with unproven.attempt() as mark:
        words = [*arguments, "--tag", f"{unproven.TAG}={mark}", "--", *map(str, paths)]
        done = _run(repository, words, seconds, mounts, gentle)
        summary = next((entry for entry in messages(done.out) if entry.get("message_type") == "summary"), {})
        identifier = summary.get("snapshot_id", "")
        counted = [summary.get(key, 0) for key in ("total_files_processed", "total_bytes_processed", "data_added_packed")]
        saved = Saved(identifier, *counted)
        if done.ok and identifier and saved.files and saved.size:
            unproven.remove(mark)
            return saved
    # Half a snapshot, or one of nothing. Its mark stays, whether it can be forgotten now or not: see unproven.py.
    if identifier:
        with contextlib.suppress(ResticFailure):
            forget(repository, [identifier])
    if not done.ok:
        raise _failure(repository, "backup", done)
    raise ResticFailure(f"the backup of {', '.join(map(str, paths))} is empty: there is no file with content", INCOMPLETE)


def forget(repository, identifiers):
    """Forgets snapshots; what they alone need is pruned some other day."""
    run(repository, ["forget", *identifiers])


def restore(repository, identifier, folder, target, verify=False, wait=True, seconds=LONG):
    """Writes the content of a folder of a snapshot below `target`, which has to be empty. Raises ResticFailure unless all of it came.

    restic checks each piece of data by its hash as it reads it.
    :param verify: reads what was written once more.
    :param wait: for the lock of whoever has the repository for itself; else it is read all the same.
    """
    options = [*(["--verify"] if verify else []), *([] if wait else ["--no-lock"])]
    done = run(repository, ["restore", f"{identifier}:{folder}", "--target", str(target), *options], seconds)
    summary = next((entry for entry in messages(done.out) if entry.get("message_type") == "summary"), {})
    came, wanted = summary.get("files_restored"), summary.get("total_files")
    if came is None or came != wanted or summary.get("bytes_restored") != summary.get("total_bytes"):
        raise ResticFailure(f"of snapshot {identifier[:8]} only {came} of {wanted} files and folders were restored", INCOMPLETE)


def remove_dead_locks(repository):
    """Removes locks of processes that are gone: restic's own rule first, then those of this host that no restic has.

    By restic's rule a process of this host counts as alive as long as anything has its number, and after a power cut something
    has. What another host holds stays.
    """
    _start(repository, ["unlock"])
    for identifier in _locks(repository) if repository.local else ():
        if _is_dead(_lock(repository, identifier)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(Path(repository.location, "locks", identifier))


def _locks(repository):
    done = _start(repository, ["list", "locks", "--no-lock"])
    return [line for line in done.out.split() if len(line) == 64]


def _lock(repository, identifier):
    done = _start(repository, ["cat", "lock", identifier, "--no-lock"])
    return json.loads(done.out) if done.ok else {}


def _is_dead(lock):
    if lock.get("hostname") != os.uname().nodename or "pid" not in lock:
        return False
    try:
        return Path(f"/proc/{lock['pid']}/comm").read_text().strip() != "restic"
    except OSError:
        return True

