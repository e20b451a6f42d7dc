"""Makes one directory of this host what the request on stdin says.

Sent along with each request (python3 -c), so that it works on a host that has nothing of ours yet. Only the standard library.

Every file is written beside its place, synced and renamed, so that a power cut leaves the old or the new one, never half.
A record of what we wrote lies in /var/lib/homelab/directories: the next run knows from it what is no longer declared, and
the reader which files hold secrets. If the command that makes the host use the files fails, the old files come back.
"""

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys

RECORDS = "/var/lib/homelab/directories"
KEPT_OUTPUT_LINES = 20


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
    temporary = path + ".homelab-new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        shutil.chown(temporary, *owner)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    os.replace(temporary, path)
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


def no_longer_declared(request, record):
    """Files to remove: those we wrote before, and in a directory that is all ours everything else."""
    present = set(record["files"]) | (set(files_below(request["path"])) if request["exclusive"] else set())
    return sorted(present - set(request["files"]))


def activate(command):
    """Runs the command that makes the host use the files; its last lines if it fails, else None."""
    if not command:
        return None
    done = subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return "\n".join((done.stdout + done.stderr).strip().splitlines()[-KEPT_OUTPUT_LINES:]) or f"exit status {done.returncode}"


def put_back(root, before, record_path, old_record):
    for name, kept in before.items():
        path = os.path.join(root, name)
        if kept is None:
            remove(path, root)
        else:
            write(path, *kept)
    if old_record is None:
        remove(record_path, RECORDS)
    else:
        write(record_path, old_record.encode(), 0o600, (0, 0))


def main():
    request = json.load(sys.stdin)
    root = request["path"]
    os.makedirs(RECORDS, mode=0o700, exist_ok=True)
    os.makedirs(root, exist_ok=True)
    record_path = os.path.join(RECORDS, hashlib.sha256(root.encode()).hexdigest()[:32] + ".json")
    old_record = None
    if os.path.exists(record_path):
        with open(record_path, encoding="utf-8") as file:
            old_record = file.read()
    obsolete = no_longer_declared(request, json.loads(old_record) if old_record else {"files": {}})
    before = {name: remember(os.path.join(root, name)) for name in [*request["files"], *obsolete]}

    try:
        for name, file in request["files"].items():
            owner = (request["owner"]["user"], request["owner"]["group"])
            write(os.path.join(root, name), base64.b64decode(file["base64"]), int(file["mode"], 8), owner)
        for name in obsolete:
            remove(os.path.join(root, name), root)
        if request["files"]:
            declared = {name: {"secret": file["secret"]} for name, file in request["files"].items()}
            record = {"path": root, "exclusive": request["exclusive"], "files": declared}
            write(record_path, json.dumps(record, sort_keys=True).encode(), 0o600, (0, 0))
        else:
            remove(record_path, RECORDS)
        failure = activate(request["activate"])
    except OSError as error:
        # A full disk, a read-only file system: what was there stays in use.
        failure = str(error)
        request["activate"] = ""
    if failure:
        put_back(root, before, record_path, old_record)
        activate(request["activate"])
        sys.exit(f"{root}: {failure}\nThe files of before are back in place.")
    if not request["files"] and request["exclusive"] and not os.listdir(root):
        os.rmdir(root)


main()
