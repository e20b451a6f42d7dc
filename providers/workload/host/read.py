"""Reads everything that this host knows of what is ours, in one go: a `HostReading` of ../protocol.ts as JSON, in two lines.

Sent along with each request (`python3 -`), so that reading does not depend on which version of our program the host has, or
whether it has any. Only the standard library, nothing of ours; it changes nothing. Secret and undeclared files are read as
hashes only: Pulumi would keep their text in clear.
"""

import base64
import grp
import hashlib
import json
import os
import pwd
import re
import subprocess
from collections import defaultdict
from pathlib import Path

VERSION = 2
ROOT = Path(os.environ.get("HOMELAB_ROOT", "/"))
STATE = ROOT / "var/lib/homelab"
ETC_UNITS = ROOT / "etc/containers/systemd"
RUN_UNITS = ROOT / "run/containers/systemd"
PROGRAM = ROOT / "usr/local/lib/homelab/homelab"
PROPERTIES = "Id,LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,NeedDaemonReload"
LABEL = "homelab.workload"
SECONDS = 60


class Call:
    """A program that runs while we go on. It prints into memory: a pipe that nobody reads yet would make it wait when it is full."""

    def __init__(self, *argv):
        self.out = os.fdopen(os.memfd_create("out"), "w+b")
        try:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.out, stderr=subprocess.DEVNULL)
        except OSError:
            self.child = None

    def text(self):
        """What it printed; '' if it cannot be run or does not end. The exit status says too little to go by."""
        if self.child is None:
            return ""
        try:
            self.child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return ""
        self.out.seek(0)
        return self.out.read().decode("utf-8", "replace")


def parsed(text, otherwise):
    try:
        return json.loads(text) or otherwise
    except ValueError:
        return otherwise


def text_of(path):
    """'' of a file that is gone: a transaction may take it away in this moment."""
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""


def records():
    """What is confirmed, by workload."""
    found = {path.stem: parsed(text_of(path), None) for path in (STATE / "confirmed").glob("[!.]*.json")}
    return {name: record for name, record in found.items() if record}


def units_of(directory):
    """Texts of marked unit files by workload and name."""
    found = {}
    for path in sorted(directory.glob("[!.]*")):
        if path.suffix in (".container", ".network") and path.is_file():
            text = text_of(path)
            mark = re.match(r"# homelab: (\S+)\n", text)
            if mark:
                found.setdefault(mark.group(1), {})[path.name] = text
    return found


def drop_ins(name):
    """Hashes of what was written by hand beside a workload's units, a password perhaps, as `<unit>.d/<name>`."""
    paths = (path for ending in ("container", "network") for path in sorted((ETC_UNITS / f"{name}.{ending}.d").glob("*.conf")))
    return {f"{path.parent.name}/{path.name}": digest(read(path)[0]) for path in paths}


def properties(text):
    """What `systemctl show` says of each unit."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]


class Host:
    """What lies on its disk of all workloads, and what programs say about them."""

    def __init__(self):
        self.records = records()
        self.units, self.trials = units_of(ETC_UNITS), units_of(RUN_UNITS)
        self.workloads = sorted({*self.records, *self.units, *self.trials})
        self.asked = self.ask() if self.workloads else {}

    def ask(self):
        """Each program once, and all at the same time. The slowest is the first."""
        return {
            "health": Call(str(PROGRAM), "health", "--all", "--json"),
            "containers": Call("podman", "container", "inspect", *self.workloads),
            "images": Call("podman", "images", "--format", "json"),
            "networks": Call("podman", "network", "ls", "--format", "json"),
            "services": Call("systemctl", "show", f"--property={PROPERTIES}", *(f"{name}.service" for name in self.workloads)),
        }

    def hear(self):
        """Waits for what they say."""
        said = defaultdict(str, {name: call.text() for name, call in self.asked.items()})
        self.services = dict(zip(self.workloads, properties(said["services"]), strict=False))
        self.containers = {container["Name"]: container for container in parsed(said["containers"], [])}
        self.images = parsed(said["images"], [])
        self.networks = parsed(said["networks"], [])
        self.health = parsed(said["health"], {})

    def digests(self, container):
        """References by which the image of a container is known."""
        return next((image.get("RepoDigests") or [] for image in self.images if image["Id"] == container["Image"]), [])


def image(host, name):
    """The reference of the image that runs: the confirmed one, if it is among its names."""
    container = host.containers.get(name)
    if not container:
        return ""
    known = host.digests(container)
    wanted = host.records.get(name, {}).get("request", {}).get("image")
    return wanted if wanted in known else next(iter(sorted(known)), container["Image"])


def state(host, name, problems):
    """In a person's words: `healthy`, or the first thing that is wrong, the cause before its effects."""
    service = host.services.get(name, {})
    record, container = host.records.get(name), host.containers.get(name)
    # One that waits for its turn has no journal yet, and has touched nothing.
    if (STATE / "journal" / name).exists():
        return "in transaction"
    if service.get("LoadState") == "masked":
        return "masked: kept down until it is brought up again"
    if f"{name}.container" not in host.units.get(name, {}):
        return "its unit file is missing"
    if service.get("LoadState") != "loaded":
        return "its unit is refused by podman's generator"
    if service.get("NeedDaemonReload") == "yes":
        return "needs a daemon-reload: a unit file was changed by hand"
    if service.get("ActiveState") in ("inactive", "deactivating"):
        return "stopped"
    if service.get("ActiveState") != "active":
        ended = f"exit status {service.get('ExecMainStatus')}, {service.get('NRestarts')} restarts"
        return f"does not stay up ({service.get('SubState')}, {ended})"
    if not container or not container["State"]["Running"]:
        return "container is missing"
    if not record:
        return "runs, but was never confirmed"
    if record["request"]["image"] not in host.digests(container):
        return "runs another image"
    if host.trials.get(name):
        return f"a unit on trial was left in {RUN_UNITS}"
    health = host.health.get(name, {"healthy": False, "text": "the health check cannot be run"})
    if not health["healthy"]:
        # One began since the journals were looked at, or ended.
        return health["text"] if health["healthy"] is None else f"unhealthy: {health['text']}"
    return problems[0] if problems else "healthy"


def limits(container):
    """What podman enforces on a container that is there, which may be other than what its unit says."""
    if not container:
        return None
    has = container["HostConfig"]
    return {
        "memory": has["Memory"],
        "memorySwap": has["MemorySwap"],
        "cpus": round(has["NanoCpus"] / 1e9, 3),
        "pids": has["PidsLimit"],
    }


def configuration(host, name):
    """Plain declared files as base64, hashes of secret and of undeclared ones, and what else is wrong with them."""
    request = host.records.get(name, {}).get("request", {"files": [], "filesHash": None})
    declared = {file["path"]: file for file in request["files"]}
    # The folder that it means now, also if a transaction makes it mean another one meanwhile.
    current = (STATE / "config" / name / "current").resolve()
    plain, secret, undeclared, problems = {}, {}, {}, []
    for path in below(current):
        try:
            content, status = read(current / path)
        except FileNotFoundError:
            continue  # The workload is being removed.
        file = declared.get(path)
        if file is None:
            undeclared[path] = digest(content)
            continue
        if file["secret"]:
            secret[path] = digest(content)
        else:
            plain[path] = base64.b64encode(content).decode()
        if (status.st_uid, status.st_gid, status.st_mode & 0o7777) != (0, file["gid"], 0o640):
            problems.append(f"{path} has another owner or mode")
    if request["filesHash"] and not current.is_dir():
        problems.append("its configuration directory is missing")
    return plain, secret, undeclared, problems


def settings(record):
    """What was confirmed of a request beside units, files and image: it shows nowhere else on the host."""
    keys = ("imageTag", "directories", "health", "reload", "validate", "stopSeconds", "backup", "restore")
    # A record of an earlier version of the program has no word of backups.
    return {key: record["request"].get(key) for key in keys} if record else None


def holds(name):
    path = STATE / "held" / f"{name}.json"
    return parsed(text_of(path), {})


def below(root):
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in sorted([*names, *links]):
            yield os.path.relpath(os.path.join(folder, name), root)


def read(path):
    """Content and status of a file; of a link, where it points to."""
    if path.is_symlink() or not path.is_file():
        return (os.readlink(path).encode() if path.is_symlink() else b""), path.lstat()
    return path.read_bytes(), path.stat()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def workload(host, name):
    """A `WorkloadReading`."""
    plain, secret, undeclared, problems = configuration(host, name)
    ours = [network for network in host.networks if (network.get("labels") or {}).get(LABEL) == name]
    return {
        "state": state(host, name, problems),
        "content": host.records.get(name, {}).get("request", {}).get("content", ""),
        "image": image(host, name),
        "units": host.units.get(name, {}),
        "files": plain,
        "secrets": secret,
        "undeclared": {**undeclared, **drop_ins(name)},
        "limits": limits(host.containers.get(name)),
        "settings": settings(host.records.get(name)),
        "restorePoint": host.records.get(name, {}).get("restorePoint"),
        "holds": holds(name),
        "subnets": {network["name"]: (network.get("subnets") or [{}])[0].get("subnet", "") for network in ours},
    }


def directory(record):
    """A `DirectoryReading` of a directory that ../../files/host/write.py wrote."""
    root, declared = ROOT / record["path"].lstrip("/"), record["files"]
    found, undeclared = {}, {}
    for path in below(root):
        if path in declared:
            content, status = read(root / path)
            text = {} if declared[path]["secret"] else {"base64": base64.b64encode(content).decode()}
            mode = f"{status.st_mode & 0o7777:04o}"
            found[path] = {**text, "sha256": digest(content), "mode": mode, "owner": owner(status)}
        elif record["exclusive"]:
            undeclared[path] = digest(read(root / path)[0])
    return {"files": found, "undeclared": undeclared}


def owner(status):
    """`uid:gid user:group`: what is declared may be either."""
    try:
        user, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        user, group = status.st_uid, status.st_gid
    return f"{status.st_uid}:{status.st_gid} {user}:{group}"


def main():
    host = Host()
    # They do not wait for what is asked about workloads.
    kept = [parsed(path.read_text(), None) for path in (STATE / "directories").glob("[!.]*.json")]
    directories = {record["path"]: directory(record) for record in kept if record}
    print(json.dumps({"version": VERSION, "directories": directories}), flush=True)
    host.hear()
    print(json.dumps({"workloads": {name: workload(host, name) for name in host.workloads}}))


main()
