"""A host below a folder of its own, for the unit tests of its program. Needs no podman and no systemd.

Each file of tests is a process of its own: modules of the program find out where things lie when they are imported.
"""

import atexit
import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(tempfile.mkdtemp(prefix="homelab-host-"))
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
os.environ["HOMELAB_ROOT"] = str(ROOT)
sys.path.insert(0, os.environ["HOST_PROGRAM"])
sys.dont_write_bytecode = True

import data  # noqa: E402
import data_folders  # noqa: E402
import files  # noqa: E402
import journal  # noqa: E402
import paths  # noqa: E402
import places  # noqa: E402
import records  # noqa: E402
import request as requests  # noqa: E402
import restic  # noqa: E402
import results  # noqa: E402
import settings  # noqa: E402
import staging  # noqa: E402

HOMELAB = [sys.executable, "-B", str(Path(os.environ["HOST_PROGRAM"], "homelab"))]
GID = os.getgid()
CONTAINER = """# homelab: app
[Container]
ContainerName=app
Label=homelab.workload=app
Image=localhost/app:1@sha256:aa
Pull=never
PublishPort=10.0.0.1:80:8080/tcp
PublishPort=53:53/udp
PodmanArgs=--memory=1m \\
  --cpus=1
"""
NETWORK = "# homelab: app\n[Network]\nNetworkName=app\nSubnet=10.1.0.0/28\n"
RECIPE = {"paths": [str(paths.DATA / "app/data")], "retention": "state", "hot": {"kind": "files", "flush": None}}

DAY = 86400
NOW = places.seconds("2026-11-25T12:00:00.123456789Z")


def python(program, **how):
    """A process of its own that runs this with the host's modules, and whose output is read."""
    environment = {**os.environ, "PYTHONPATH": os.environ["HOST_PROGRAM"]}
    return subprocess.Popen([sys.executable, "-B", "-c", program], env=environment, stdout=subprocess.PIPE, text=True, **how)


def file(path, text, secret=False):
    return {"path": path, "base64": base64.b64encode(text.encode()).decode(), "gid": GID, "secret": secret}


def apply_request(**changes):
    return {
        "version": 2,
        "workload": "app",
        "content": "1" * 64,
        "image": "localhost/app@sha256:aa",
        "imageTag": "1",
        "units": {"app.container": CONTAINER, "app.network": NETWORK},
        "files": [file("app.conf", "one"), file("tls/app.key", "key", secret=True)],
        "filesHash": "2" * 64,
        "directories": [],
        "health": {"command": ["true"], "attemptSeconds": 1, "withinSeconds": 1},
        "reload": None,
        "validate": None,
        "backup": None,
        "restore": None,
        "stopSeconds": 1,
        **changes,
    }


def parsed(**changes):
    return requests.parse(json.dumps(apply_request(**changes)), "apply")


def snapshot(identifier, time="2026-11-25T11:00:00.5Z", **tags):
    tags = {"workload": "app", "kind": "hot", "retention": "state", **tags}
    return restic.Snapshot(identifier, time, "adama", tags, [str(paths.DATA / "app/data")], 1, 100)


class PowerCut(Exception):
    """In the middle of a step."""


class Clean(unittest.TestCase):
    def setUp(self):
        for path in (paths.STATE, paths.ETC_UNITS, paths.RUN_UNITS):
            files.remove_tree(path)
            files.make_directory(path, 0o755)

    def begin(self, **changes):
        staging.stage(parsed(**changes), "t1")
        request = staging.load("app", "t1")
        record = records.next_record(request, "t1", None)
        facts = {"workload": "app", "transaction": "t1", "action": "restart", "request": request, "record": record}
        return journal.begin(paths.STAGED / "app", {**facts, "made": [], "old": {"record": None, "units": {}, "link": None}})


class WithData(Clean):
    """The data of a workload with a volume that is saved and one that is not."""

    def journal(self, restore):
        """A transaction of such a workload, of which nothing was done yet."""
        started = self.begin(backup=RECIPE)
        snapshot = ["local", "f" * 8] if restore else None
        started.facts["data"] = {"save": not restore, "restore": snapshot, "fresh": False, "recipe": RECIPE}
        files.remove_tree(paths.DATA)
        self.write("app/data/rows", "old")
        self.write("app/cache/rows", "cached")
        return started

    def saved_and_switched(self):
        """One that has saved the data, and is about to start the version that gets it."""
        started = self.journal(restore=False)
        for phase in ("staged", "stopping", "stopped", "saved", "switched", "starting"):
            started.enter(phase)
        started.note("restore-point", {"snapshot": "f" * 64, "bytes": 100})
        return started

    def write(self, path, text):
        (paths.DATA / path).parent.mkdir(parents=True, exist_ok=True)
        (paths.DATA / path).write_text(text)

    def there(self):
        """Texts by path, without what is only still to be deleted."""
        found = (path for path in sorted(paths.DATA.rglob("*")) if path.is_file() and files.GONE not in str(path))
        return {str(path.relative_to(paths.DATA)): path.read_text() for path in found}

    def repository(self, text):
        """One whose every snapshot has this in its one file."""

        def restore(repository, identifier, folder, target, verify, wait):
            (target / "data").mkdir()
            (target / "data/rows").write_text(text)

        stack = contextlib.ExitStack()
        there = types.SimpleNamespace(name="local")
        found = data.restic.Snapshot("f" * 64, "", "adama", {"kind": "cold"}, [str(paths.DATA / "app/data")], 1, 100)
        stack.enter_context(mock.patch.object(data.places, "local", lambda: there))
        stack.enter_context(mock.patch.object(data.snapshots, "holder", lambda *_: (there, found)))
        stack.enter_context(mock.patch.object(data.restic, "restore", restore))
        stack.enter_context(mock.patch.object(data_folders, "_sync"))
        return stack


class Host(unittest.TestCase):
    """Settings of a host with one place on another Pi and one remote; `there` says what each repository has, or what it fails with."""

    def setUp(self):
        for path in (results.KEPT, results.METRICS, places.SEEN, places.DISK):
            files.remove(path)
        self.there = {"local": None, "starbuck": None, "remote": None}
        self.declare(disk="this disk")
        self.made = []
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(mock.patch.object(places, "check_reachable", lambda repository: None))
        stack.enter_context(mock.patch.object(restic, "exists", self.exists))
        stack.enter_context(mock.patch.object(restic, "snapshots", lambda repository, **tags: self.there[repository.name]))
        stack.enter_context(mock.patch.object(restic, "init", lambda repository: self.made.append(repository.location)))

    def declare(self, **changes):
        tls = {"RESTIC_TLS_CLIENT_CERT": "/etc/homelab/backup/tls/client.pem"}
        place = {"prune": False, "environment": tls}
        declared = {
            "host": "adama",
            "repository": str(places.OWN_DISK),
            "places": [
                {**place, "name": "starbuck", "repository": "rest:https://192.168.1.21:8443/backup/adama/"},
                {**place, "name": "remote", "repository": "s3:https://s3.example.org/adama", "environment": {}, "prune": True},
            ],
            "keeps": [],
            "workloads": {"app": {"tier": "core", "everyMinutes": 30}},
            "disk": "",
            **changes,
        }
        files.make_directory(settings.SETTINGS.parent)
        files.write(settings.SETTINGS, json.dumps(declared))

    def has_disk(self, name):
        files.make_directory(places.DISK.parent)
        files.write(places.DISK, f"{name}\n")

    def exists(self, repository):
        found = self.there[repository.name]
        if isinstance(found, Exception):
            raise found
        return found is not None
