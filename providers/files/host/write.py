"""Makes one directory of this host what the request on stdin says.

Sent along with each request (python3 -c), so that it works on a host that has nothing of ours yet. Only the standard library.

Every file is written beside its place, synced and renamed, so that a power cut leaves the old or the new one, never half.
A record of what we wrote lies in /var/lib/homelab/directories: the next run knows from it what is no longer declared, and
the reader which files hold secrets. If one of them cannot be written, or the command that makes the host use them fails, the
old files come back.

A kill or a power cut in the middle leaves some files old and some new until the next `up`. Until the end the record names both,
so that the next reading shows what lies there, and whoever goes back to the old files has the new ones removed.
"""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys

# HOMELAB_ROOT puts all of it below a folder of the unit tests; on a host it is never set.
ROOT = os.environ.get("HOMELAB_ROOT", "/")
RECORDS = os.path.join(ROOT, "var/lib/homelab/directories")
KEPT_OUTPUT_LINES = 20
UNFINISHED = ".homelab-new"


def sync_directory(path):
    """A rename is on the disk only when its directory is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path, content, mode, owner):
    """Replaces a file in one step. `owner` is (user, group), by name or number."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = path + UNFINISHED
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            shutil.chown(temporary, *owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, LookupError):
        # What fills the disk would keep the files of before from coming back.
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_directory(os.path.dirname(path))


def remove(path, root):
    """Removes a file, and folders below `root` that it leaves empty."""
    if not os.path.lexists(path):
        return
    os.unlink(path)
    folder = os.path.dirname(path)
    sync_directory(folder)
    while folder != root and not os.listdir(folder):
        os.rmdir(folder)
        folder = os.path.dirname(folder)


def remember(path):
    """What is needed to put a file back: content, mode and owner, or None where there is no file."""
    if not os.path.isfile(path):
        return None
    status = os.stat(path)
    with open(path, "rb") as file:
        return file.read(), stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)


def files_below(root):
    for folder, _, names in os.walk(root):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def no_longer_declared(request, root, record):
    """Files to remove: those we wrote before, and in a directory that is all ours everything else."""
    present = set(record["files"]) | (set(files_below(root)) if request["exclusive"] else set())
    return sorted(present - set(request["files"]))


def note(record_path, request, files):
    """Records what is ours; that nothing is, by no record."""
    if files:
        record = {"path": request["path"], "exclusive": request["exclusive"], "files": files}
        write(record_path, json.dumps(record, sort_keys=True).encode(), 0o600, (0, 0))
    else:
        remove(record_path, RECORDS)


def both(old, new):
    """What may lie there on the way from one to the other. What is a secret in either must not be read in clear."""
    hidden = {name for files in (old, new) for name, file in files.items() if file["secret"]}
    return {name: {"secret": name in hidden} for name in {**old, **new}}


def bring(request, root, obsolete):
    """Writes what is declared, then removes what is not."""
    owner = (request["owner"]["user"], request["owner"]["group"])
    for name, file in request["files"].items():
        write(os.path.join(root, name), base64.b64decode(file["base64"]), int(file["mode"], 8), owner)
    for name in obsolete:
        remove(os.path.join(root, name), root)
        # Of a run that was killed.
        remove(os.path.join(root, name + UNFINISHED), root)


def activate(command):
    """Runs the command that makes the host use the files; its last lines if it fails, else None."""
    if not command:
        return None
    done = subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return "\n".join((done.stdout + done.stderr).strip().splitlines()[-KEPT_OUTPUT_LINES:]) or f"exit status {done.returncode}"


def put_back(root, before, record_path, old_record):
    """Only what was changed: writing needs room, which there may be none of."""
    for name, kept in before.items():
        path = os.path.join(root, name)
        if remember(path) == kept:
            continue
        if kept is None:
            remove(path, root)
        else:
            write(path, *kept)
    if old_record is None:
        remove(record_path, RECORDS)
    else:
        write(record_path, old_record, 0o600, (0, 0))


def main():
    request = json.load(sys.stdin)
    root = os.path.join(ROOT, request["path"].lstrip("/"))
    record_path = os.path.join(RECORDS, hashlib.sha256(request["path"].encode()).hexdigest()[:32] + ".json")
    old_record, *_ = remember(record_path) or (None,)
    record = json.loads(old_record) if old_record else {"files": {}}
    obsolete = no_longer_declared(request, root, record)
    before = {name: remember(os.path.join(root, name)) for name in [*request["files"], *obsolete]}
    declared = {name: {"secret": file["secret"]} for name, file in request["files"].items()}

    activated = False
    try:
        os.makedirs(RECORDS, mode=0o700, exist_ok=True)
        os.makedirs(root, exist_ok=True)
        note(record_path, request, both(record["files"], declared))
        bring(request, root, obsolete)
        activated = True
        failure = activate(request["activate"])
        if not failure:
            note(record_path, request, declared)
    except (OSError, LookupError) as error:
        # A full disk, a read-only file system, a user or group that this host does not have: what was there stays in use.
        failure = str(error)
    if failure:
        words = "The files of before are back in place."
        try:
            put_back(root, before, record_path, old_record)
        except OSError as error:
            words = f"Not all files of before could be put back: {error}"
        if activated:
            activate(request["activate"])
        sys.exit(f"{request['path']}: {failure}\n{words}")
    if not request["files"] and request["exclusive"] and not os.listdir(root):
        os.rmdir(root)


if __name__ == "__main__":
    main()
