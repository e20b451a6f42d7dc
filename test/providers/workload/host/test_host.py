"""The host program's logic of files, journals, units and ports, below a folder of its own. Needs no podman and no systemd."""

import base64
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import types
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(tempfile.mkdtemp(prefix="homelab-host-"))
os.environ["HOMELAB_ROOT"] = str(ROOT)
sys.path.insert(0, os.environ["HOST_PROGRAM"])
sys.dont_write_bytecode = True

import apply  # noqa: E402
import back  # noqa: E402
import change  # noqa: E402
import commands  # noqa: E402
import data  # noqa: E402
import data_folders  # noqa: E402
import data_plan  # noqa: E402
import dumps  # noqa: E402
import files  # noqa: E402
import follow  # noqa: E402
import following  # noqa: E402
import forward  # noqa: E402
import journal  # noqa: E402
import limits  # noqa: E402
import paths  # noqa: E402
import ports  # noqa: E402
import reflink  # noqa: E402
import health  # noqa: E402
import holds  # noqa: E402
import records  # noqa: E402
import removal  # noqa: E402
import restore  # noqa: E402
import results  # noqa: E402
import request as requests  # noqa: E402
import service  # noqa: E402
import staging  # noqa: E402
import status  # noqa: E402
import systemd  # noqa: E402
import transaction  # noqa: E402
import tree  # noqa: E402
import units  # noqa: E402
from errors import Failure, Refused, Unreadable  # noqa: E402

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


class Files(Clean):
    def test_a_link_is_relative_and_switching_it_again_does_nothing(self):
        link = paths.STATE / "current"
        files.switch_link(link, "a")
        before = os.lstat(link).st_ino
        files.switch_link(link, "a")
        self.assertEqual((os.readlink(link), os.lstat(link).st_ino), ("a", before))
        files.switch_link(link, "b")
        self.assertEqual(os.readlink(link), "b")

    def test_an_interrupted_switch_is_taken_up(self):
        link = paths.STATE / "current"
        os.symlink("half", files.temporary(link))
        files.switch_link(link, "b")
        self.assertEqual(os.readlink(link), "b")
        self.assertEqual(os.listdir(paths.STATE), ["current"])

    def test_a_written_file_has_its_mode_and_leaves_nothing_beside_it(self):
        files.write(paths.STATE / "a", "text", 0o640)
        self.assertEqual(os.stat(paths.STATE / "a").st_mode & 0o777, 0o640)
        self.assertEqual(os.listdir(paths.STATE), ["a"])

    def test_removing_a_tree_takes_up_what_an_interruption_left(self):
        (paths.STATE / ".x.homelab-gone").mkdir()
        (paths.STATE / "x").mkdir()
        files.remove_tree(paths.STATE / "x")
        files.remove_tree(paths.STATE / "x")
        self.assertEqual(os.listdir(paths.STATE), [])

    def test_a_tree_that_was_cut_off_when_it_was_removed_is_gone_when_that_is_asked_again(self):
        rows = paths.STATE / "x/rows"
        files.make_directory(rows.parent)
        rows.touch()
        with mock.patch.object(shutil, "rmtree", side_effect=[None, PowerCut]), self.assertRaises(PowerCut):
            files.remove_tree(paths.STATE / "x")
        self.assertEqual(os.listdir(paths.STATE), [".x.homelab-gone"])
        files.remove_tree(paths.STATE / "x")
        self.assertEqual(os.listdir(paths.STATE), [])

    def test_what_was_being_removed_when_the_power_went_is_deleted_to_the_end(self):
        for folder in (paths.DATA / ".app.homelab-gone", paths.CONFIG / ".old.homelab-gone", paths.CONFIG / "app/.1.homelab-gone"):
            files.make_directory(folder / "deep")
        files.make_directory(paths.DATA / "app/data")
        files.discard(paths.DATA / "app/data")
        files.make_directory(paths.DATA / "app/data")
        files.discard(paths.DATA / "app/data")
        self.assertEqual(len(os.listdir(paths.DATA / "app")), 2)
        files.sweep(paths.DATA / "app")
        program = [sys.executable, "-B", str(Path(os.environ["HOST_PROGRAM"], "homelab"))]
        subprocess.run([*program, "sweep"], check=True)
        left = {str(path.relative_to(paths.STATE)) for path in paths.STATE.rglob("*")}
        self.assertEqual(left, {"data", "data/app", "config", "config/app"})

    def test_removing_a_link_leaves_what_it_points_to(self):
        (paths.STATE / "x").mkdir()
        os.symlink("x", paths.STATE / "l")
        files.remove_tree(paths.STATE / "l")
        self.assertEqual(os.listdir(paths.STATE), ["x"])


class PowerCut(Exception):
    """In the middle of a step."""


class Data(Clean):
    """The data of a workload with a volume that is saved and one that is not, cut off after any number of renames."""

    RECIPE = {"paths": [str(paths.DATA / "app/data")], "retention": "state", "hot": {"kind": "files", "flush": None}}

    def journal(self, restore):
        """A transaction of such a workload, of which nothing was done yet."""
        started = self.begin(backup=self.RECIPE)
        snapshot = ["local", "f" * 8] if restore else None
        started.facts["data"] = {"save": not restore, "restore": snapshot, "fresh": False, "recipe": self.RECIPE}
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

    def cut_after(self, renames, body):
        """Runs it with a power cut at that rename. Returns whether it came to its end before."""
        real, left = os.rename, [renames]

        def rename(source, target):
            if left[0] == 0:
                raise PowerCut
            left[0] -= 1
            real(source, target)

        try:
            with mock.patch.object(os, "rename", rename):
                body()
        except PowerCut:
            return False
        return True

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

    def test_it_is_put_back_whole_wherever_it_was_cut_off(self):
        for renames in range(20):
            self.setUp()
            started = self.saved_and_switched()
            self.write("app/data/rows", "migrated")
            with self.repository("old"):
                whole = self.cut_after(renames, lambda: data.put_back(started))
                self.assertEqual(data.must_go_back(started), self.there().get("app/data/rows") != "old")
                data.put_back(started)
            failed = f"app.failed-{started.transaction}/data/rows"
            self.assertEqual(self.there(), {"app/cache/rows": "cached", "app/data/rows": "old", failed: "migrated"}, renames)
            if whole:
                return
        self.fail("it never came to its end")

    def test_a_restore_that_was_cut_off_is_taken_back_whole(self):
        for renames in range(20):
            self.setUp()
            started = self.journal(restore=True)
            with self.repository("restored"):
                place = data_folders.of(started)
                data_folders.fetch(None, "f" * 8, place.live, place.draft, place.instead)
                whole = self.cut_after(renames, lambda: data.bring_in(started))
                data.put_back(started)
            self.assertEqual(self.there(), {"app/cache/rows": "cached", "app/data/rows": "old"}, renames)
            if whole:
                return
        self.fail("it never came to its end")

    def test_a_restore_that_is_confirmed_keeps_what_it_replaced(self):
        started = self.journal(restore=True)
        with self.repository("restored"):
            place = data_folders.of(started)
            data_folders.fetch(None, "f" * 8, place.live, place.draft, place.instead)
            data.bring_in(started)
            self.assertIn(str(place.failed), data.keep_new(started))
            data.keep_new(started)
        failed = f"app.failed-{started.transaction}/data/rows"
        self.assertEqual(self.there(), {"app/cache/rows": "cached", "app/data/rows": "restored", failed: "old"})

    def restart(self, started, cold, serves):
        """The steps of a restart, as far as data goes: how the stopped data is saved, and what the new version does."""
        stack = contextlib.ExitStack()
        for module, names in {
            change.service: ("processes", "stop", "start", "check_loaded", "check_image"),
            change.networks: ("differing", "dropped", "remove"),
            change.takeover: ("stop",),
            change.data: ("prepare",),
            change: ("lay_down", "try_units"),
        }.items():
            stack.enter_context(mock.patch.multiple(module, **{name: mock.MagicMock() for name in names}))
        stack.enter_context(mock.patch.object(change.service, "wait_until_serving", serves))
        stack.enter_context(mock.patch.object(data.backup, "cold", cold))
        with stack, self.repository("restored"):
            place = data_folders.of(started)
            data_folders.fetch(None, "f" * 8, place.live, place.draft, place.instead)
            files.make_directory(paths.current("app").parent)
            change.restart(started)

    def going_back(self):
        """A transaction that changes version and data: what is there is saved while the other version starts already."""
        started = self.journal(restore=True)
        started.facts["data"]["save"] = True
        started.old["record"] = {"request": started.request}
        return started

    def test_a_backup_that_still_runs_is_ended_before_one_goes_back_into_the_folder_that_it_reads(self):
        started, ended = self.going_back(), []
        sick = mock.Mock(side_effect=Failure("it is sick"))
        with self.assertRaisesRegex(Failure, "it is sick"):
            self.restart(started, lambda *_: ended.append(commands.run(["sleep", "60"], 90).code), sick)
        self.assertEqual((ended, started.noted("restore-point")), ([commands.TIMED_OUT], None))

    def test_a_backup_that_still_runs_is_waited_for_before_anything_is_confirmed(self):
        def cold(*_):
            commands.run(["sleep", "0.2"], 60)
            return types.SimpleNamespace(id="5e1f", size=3)

        started = self.going_back()
        self.restart(started, cold, lambda _: 0.0)
        self.assertEqual(started.noted("restore-point")["snapshot"], "5e1f")
        self.setUp()
        started = self.going_back()
        with self.assertRaisesRegex(Failure, "could not be backed up: no room"):
            self.restart(started, mock.Mock(side_effect=Failure("no room")), lambda _: 0.0)
        self.assertFalse(started.reached("commit"))

    def test_nothing_is_deleted_before_the_old_version_serves(self):
        started = self.journal(restore=True)
        for phase in ("staged", "stopping", "stopped", "saved", "switched"):
            started.enter(phase)
        stack, gone = contextlib.ExitStack(), lambda: [path.name for path in paths.DATA.glob(f".*{files.GONE}")]
        for module, names in {
            back.service: ("stop", "start"),
            back.networks: ("differing", "dropped", "remove"),
            back.systemd: ("daemon_reload",),
            back.tree: ("sweep",),
            back.images: ("remember",),
        }.items():
            stack.enter_context(mock.patch.multiple(module, **{name: mock.MagicMock() for name in names}))
        stack.enter_context(mock.patch.object(back, "old_serves", lambda _: waiting.extend(gone())))
        waiting = []
        with stack, self.repository("restored"):
            place = data_folders.of(started)
            data_folders.fetch(None, "f" * 8, place.live, place.draft, place.instead)
            data.bring_in(started)
            started.enter("starting")
            back.undo(started)
        self.assertEqual(self.there(), {"app/cache/rows": "cached", "app/data/rows": "old"})
        self.assertRegex(" ".join(waiting), r"^\.app\.failed-t1\.\w+\.homelab-gone$")
        self.assertEqual(gone(), [])

    def test_a_restore_counts_by_what_came_of_it_and_not_by_what_was_read(self):
        def kept():
            return results.load().get("restore", {}).get("app")

        started = self.journal(restore=True)
        with self.repository("restored"), mock.patch.object(data.room, "free_bytes", lambda _: 1 << 40):
            data.prepare(started)
            self.assertIsNone(kept())
        started.fail("it was sick.", [])
        nothing = {"undo_change": None, "old_serves": None}
        with (
            mock.patch.multiple(back, **{name: mock.Mock(return_value=value) for name, value in nothing.items()}),
            mock.patch.object(back.images, "remember"),
            mock.patch.object(back.takeover, "give_back", return_value=""),
        ):
            back.undo(started)
        self.assertEqual((kept()["problem"], kept()["bytes"]), ("it was sick.", 100))

    def test_going_back_counts_as_a_restore(self):
        started = self.saved_and_switched()
        with self.repository("old"), mock.patch.object(data.restic, "restore", side_effect=Failure("pack 1a is damaged")):
            with self.assertRaises(Failure):
                data.put_back(started)
        self.assertEqual(results.load()["restore"]["app"]["problem"], "pack 1a is damaged")
        with self.repository("old"):
            data.put_back(started)
        self.assertEqual((results.load()["restore"]["app"]["problem"], results.load()["restore"]["app"]["bytes"]), (None, 100))

    def test_a_file_system_that_cannot_share_content_gets_no_copy(self):
        started = self.journal(restore=False)
        with mock.patch.object(reflink.fcntl, "ioctl", side_effect=OSError(95, "Operation not supported")):
            self.assertFalse(data_folders.clone(started))
        self.assertEqual(self.there(), {"app/cache/rows": "cached", "app/data/rows": "old"})

    def test_a_version_that_is_confirmed_leaves_nothing_half_deleted(self):
        started = self.saved_and_switched()
        with mock.patch.object(reflink.fcntl, "ioctl", side_effect=OSError(95, "Operation not supported")):
            data_folders.clone(started)
        started.enter("commit")
        stack = contextlib.ExitStack()
        for module, names in {
            forward: ("confirm_units", "start_if_down", "record_of"),
            forward.takeover: ("retire",),
            forward.systemd: ("daemon_reload",),
            forward.service: ("check_loaded",),
            forward.images: ("sweep",),
            forward.records: ("write_confirmed",),
        }.items():
            stack.enter_context(mock.patch.multiple(module, **{name: mock.MagicMock() for name in names}))
        started.facts["record"] = {"previous": {"filesHash": None}}
        with stack:
            forward.finish(started)
        self.assertEqual(sorted(os.listdir(paths.DATA)), ["app"])

    def test_one_that_can_gets_a_copy_with_times_and_links(self):
        started = self.journal(restore=False)
        (paths.DATA / "app/data/link").symlink_to("rows")
        os.utime(paths.DATA / "app/data/rows", (1, 2))
        with mock.patch.object(reflink.fcntl, "ioctl", lambda new, call, old: os.write(new, os.read(old, 100))):
            self.assertTrue(data_folders.clone(started))
        copy = data_folders.of(started).before / "data"
        self.assertEqual(((copy / "rows").read_text(), (copy / "rows").stat().st_mtime, os.readlink(copy / "link")), ("old", 2, "rows"))

    def test_what_needs_a_backup(self):
        request = parsed(backup=self.RECIPE)
        record = {"request": request}
        other = {**request, "image": "localhost/app@sha256:bb"}
        self.assertIsNone(data_plan.plan(request, record, "restart"))
        self.assertIsNone(data_plan.plan(other, record, "reload"))
        self.assertTrue(data_plan.plan(other, record, "restart")["save"])
        # The recipe goes with the upgrade; or there never was one.
        dropped = data_plan.plan({**other, "backup": None}, record, "restart")
        self.assertEqual((dropped["save"], dropped["recipe"]), (True, self.RECIPE))
        self.assertIsNone(data_plan.plan({**other, "backup": None}, {"request": {**request, "backup": None}}, "restart"))
        # On a host that lost everything an old restore is none: it begins with the newest snapshot.
        self.assertIsNone(data_plan.plan({**request, "restore": "f" * 8}, None, "create")["restore"])
        self.assertTrue(data_plan.plan({**request, "restore": "f" * 8, "restoring": True}, None, "create")["fresh"])

    def test_what_a_removed_workload_left_is_saved_before_another_version_gets_it(self):
        request = parsed(backup=self.RECIPE)
        self.write("app/data/rows", "")
        self.write("app/cache/rows", "cached")
        self.assertIsNone(data_plan.plan(request, None, "create"), "nothing to save is no reason to fail")
        self.write("app/data/rows", "old")
        what = data_plan.plan(request, None, "create")
        self.assertEqual((what["save"], what["fresh"], what["recipe"]), (True, False, self.RECIPE))
        # Nobody knows which version wrote it, and no version may be taken for it.
        started = self.begin(backup=self.RECIPE)
        started.facts["data"] = what
        self.assertEqual(data._marks(started, "cold").keys(), {"workload", "kind", "retention", "to", "transaction"})

    def test_what_a_removed_workload_left_is_as_it_was_if_the_new_one_does_not_serve(self):
        started = self.saved_and_switched()
        self.write("app/data/rows", "migrated")
        with self.repository("old"):
            self.assertEqual(data.undo_create(started), data_folders.of(started).failed)
        failed = f"app.failed-{started.transaction}/data/rows"
        self.assertEqual(self.there(), {"app/cache/rows": "cached", "app/data/rows": "old", failed: "migrated"})

    def test_what_a_new_workload_that_does_not_serve_made_of_nothing_is_no_data_to_begin_with(self):
        started = self.journal(restore=False)
        files.remove_tree(paths.DATA)
        started.facts["data"] = data_plan.plan(started.request, None, "create")
        for phase in ("staged", "stopping", "stopped", "switched", "starting"):
            started.enter(phase)
        self.write("app/data/rows", "half of a new database")
        self.assertIsNone(data.undo_create(started))
        self.assertTrue(data_plan.is_empty("app"))

    def test_a_restore_is_carried_out_when_it_is_asked_for_and_never_again(self):
        request = {**parsed(backup=self.RECIPE), "restore": "f" * 8}
        asked = data_plan.plan({**request, "restoring": True}, {"request": {**request, "restore": None}}, "restart")
        self.assertEqual((asked["save"], asked["restore"]), (False, ("local", "f" * 8)))
        # Its connection broke, and it comes once more.
        self.assertIsNone(data_plan.plan({**request, "restoring": True}, {"request": request}, "restart"))
        # A person had other data back since. Pulumi, which knows of none of it, changes something else.
        person = requests.again({"request": {**request, "files": []}}, f"{'e' * 8}/1700000000")
        self.assertTrue(data_plan.wants_restore(person, {"request": request}))
        self.assertFalse(data_plan.wants_restore(request, {"request": person}))

    def test_a_restore_without_a_recipe_is_refused_and_confirms_nothing(self):
        before = {"request": parsed()}
        staging.stage({**parsed(), "restore": "f" * 64, "restoring": True}, "t1")
        with (
            mock.patch.object(transaction.checks, "before_apply", lambda _: []),
            mock.patch.object(transaction.observed, "observe", lambda _: types.SimpleNamespace(record=before)),
            mock.patch.object(transaction.observed, "action", side_effect=AssertionError),
            self.assertRaisesRegex(Refused, "app has no `backup` .*Nothing was stopped.* --snapshot ffffffff --to"),
        ):
            transaction.prepare("app", "t1", True)


class Holds(Clean):
    def test_what_is_held_is_refused_until_it_is_released_unless_it_serves(self):
        request = {**parsed(), "host": "adama"}
        holds.check(request)
        holds.hold("app", request["image"], "2", "it was sick.", "t1")
        with self.assertRaisesRegex(Refused, "app 2 is held .*it was sick.*npm run release -- adama app"):
            holds.check(request)
        records.write_confirmed("app", {"request": request})
        holds.check(request)
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(holds.release("app"), 0)
        self.assertEqual(holds.of("app"), {})


    def test_what_a_person_went_back_from_is_named_by_its_tag_although_another_version_serves(self):
        request = parsed()
        left = "localhost/app@sha256:" + "b" * 64
        records.write_confirmed("app", {"request": request})
        holds.hold("app", left, "2", "it was rolled back.", "t1")
        program = [sys.executable, "-B", str(Path(os.environ["HOST_PROGRAM"], "homelab"))]
        subprocess.run([*program, "hold", "app", left, "2", "2 was rolled back to version 12 of the stack."], check=True)
        with self.assertRaisesRegex(Refused, "^app 2 is held .*2 was rolled back to version 12"):
            holds.check({**request, "image": left, "host": "adama"})


    def test_only_a_version_that_ran_and_had_room_is_to_blame(self):
        started = self.begin()
        sick = Failure("app did not become healthy within 6 s: no")
        blamed = lambda error, *said: transaction.is_to_blame(started, error, said)  # noqa: E731
        self.assertFalse(blamed(sick))
        started.enter("starting")
        self.assertTrue(blamed(sick, "migrating from schema 1 to 2"))
        for said in ("write /data/db: No space left on device", "sqlite3.OperationalError: database or disk is full"):
            self.assertFalse(blamed(sick, said, "exiting"), said)
        self.assertFalse(blamed(OSError(28, "No space left on device")))
        self.assertFalse(blamed(dumps.NotLoaded("app did not take the dump of its database")))
        self.assertFalse(blamed(transaction.ResticFailure("the repository is locked", "locked")))


class Trees(Clean):
    def test_a_tree_is_as_declared_and_differs_by_content_mode_and_extra_files(self):
        request = parsed()
        root = paths.STATE / "t"
        tree.build(root, request["files"])
        self.assertEqual(tree.differing(root, request["files"]), set())
        (root / "app.conf").write_text("two")
        (root / "tls/app.key").chmod(0o644)
        (root / "extra").touch()
        os.symlink("/etc", root / "link")
        self.assertEqual(tree.differing(root, request["files"]), {"app.conf", "tls/app.key", "extra", "link"})

    def test_bytes_of_any_kind_are_placed_as_they_are(self):
        content = bytes(range(256))
        logo = {"path": "logo.png", "base64": base64.b64encode(content).decode(), "gid": GID, "secret": True}
        declared = parsed(files=[logo])["files"]
        tree.build(paths.STATE / "t", declared)
        self.assertEqual((paths.STATE / "t/logo.png").read_bytes(), content)
        self.assertEqual(tree.differing(paths.STATE / "t", declared), set())
        (paths.STATE / "t/logo.png").write_bytes(content[:-1] + b"\xfe")
        self.assertEqual(tree.differing(paths.STATE / "t", declared), {"logo.png"})

    def test_an_edited_directory_is_moved_aside_while_it_is_in_use(self):
        request = parsed()
        staging.stage(request, "t1")
        tree.place("app", request["filesHash"], paths.STAGED / "app/files", request["files"])
        files.switch_link(paths.current("app"), request["filesHash"])
        (paths.current("app") / "app.conf").write_text("edited")
        tree.move_edits_aside("app", request["filesHash"], request["files"])
        self.assertEqual((paths.current("app") / "app.conf").read_text(), "edited")
        staging.stage(request, "t2")
        tree.place("app", request["filesHash"], paths.STAGED / "app/files", request["files"])
        self.assertEqual((paths.current("app") / "app.conf").read_text(), "edited")
        files.switch_link(paths.current("app"), request["filesHash"])
        self.assertEqual((paths.current("app") / "app.conf").read_text(), "one")
        tree.sweep("app", {request["filesHash"]})
        self.assertEqual(sorted(os.listdir(paths.config("app"))), [request["filesHash"], "current"])


class Journals(Clean):
    def test_it_is_there_as_a_whole_with_all_marks_and_no_secret(self):
        self.begin()
        loaded = journal.load("app")
        self.assertFalse(any(loaded.reached(phase) for phase in journal.PHASES))
        self.assertNotIn(base64.b64encode(b"key").decode(), (loaded.path / "journal.json").read_text())
        self.assertFalse((paths.STAGED / "app").exists())
        self.assertEqual((loaded.path / "files/tls/app.key").read_text(), "key")

    def test_marks_are_renames_and_can_be_repeated(self):
        entry = self.begin()
        count = len(os.listdir(entry.path))
        entry.enter("stopping")
        entry.enter("stopping")
        self.assertTrue(journal.load("app").reached("stopping"))
        self.assertFalse(journal.load("app").reached("commit"))
        self.assertEqual(len(os.listdir(entry.path)), count)

    def test_the_reason_for_going_back_is_kept(self):
        entry = self.begin()
        self.assertIn("ended from outside", entry.failure()["message"])
        entry.fail("no", ["line"])
        self.assertEqual(journal.load("app").failure(), {"message": "no", "log": ["line"], "blame": False})

    def test_what_is_broken_is_unreadable(self):
        for damage in (
            lambda path: os.truncate(path / "journal.json", 20),
            lambda path: (path / "journal.json").unlink(),
            lambda path: (path / "commit.todo").unlink(),
            lambda path: (path / "journal.json").write_text(json.dumps({"version": 99})),
            lambda path: (path / "journal.json").write_text("[]"),
        ):
            entry = self.begin()
            damage(entry.path)
            with self.assertRaises(Unreadable):
                journal.load("app")
            self.assertEqual(journal.transaction_of("app"), "t1")
            kept = journal.set_aside("app")
            self.assertFalse((kept / "files").exists())
            files.remove_tree(kept)

    def test_unfinished_beginnings_and_ends_are_no_journals(self):
        self.begin().finish()
        self.assertIsNone(journal.load("app"))
        (paths.JOURNAL / ".app.homelab-gone").mkdir()
        self.assertEqual(journal.open_workloads(), [])


class Clock(Clean):
    """NTP sets the clock in the middle of a transaction: nothing that waits or measures may go by it."""

    def back(self, seconds=3600):
        real = time.time
        return mock.patch("time.time", lambda: real() - seconds)

    def test_a_jump_changes_no_outage_and_no_duration(self):
        entry = self.begin()
        entry.enter("stopping")
        for jump in (3600, -3600):
            with self.back(jump):
                entry.enter("waiting")
                entry.answered = time.monotonic()
                for measured in (entry.outage(), entry.duration(), time.monotonic() - entry.entered_at("waiting")):
                    self.assertTrue(0 <= measured < 60, measured)

    def test_what_a_killed_process_measured_is_told_by_the_clock_on_the_wall_and_never_below_0(self):
        self.begin().enter("stopping")
        entry = journal.load("app")
        self.assertTrue(0 <= entry.outage() < 60)
        with self.back():
            self.assertEqual(records.seconds(entry.outage()), 0.0)

    def test_log_lines_after_a_jump_are_found(self):
        lines = [(1000, 5, "before"), (-100, 15, "after\n"), (-99, 16, [255, 65]), (-98, 17, None)]
        entries = [{"__REALTIME_TIMESTAMP": str(wall), "__MONOTONIC_TIMESTAMP": str(at * 10**6), "MESSAGE": text} for wall, at, text in lines]
        (ROOT / "bin").mkdir(exist_ok=True)
        (ROOT / "bin/journalctl").write_text("#!/bin/sh\ncat <<'E'\n" + "\n".join(map(json.dumps, entries)) + "\nE\n")
        (ROOT / "bin/journalctl").chmod(0o755)
        with mock.patch.dict(os.environ, PATH=f"{ROOT}/bin:{os.environ['PATH']}"):
            self.assertEqual(systemd.log("CONTAINER_NAME=app", 10.0), ["after", "\ufffdA"])

    def test_waiting_for_health_never_looks_at_the_wall(self):
        state = {"ActiveState": "active", "NRestarts": "0", "MainPID": "1"}
        sick = health.Answer(False, "no")
        with (
            mock.patch("time.time", side_effect=AssertionError),
            mock.patch.object(service, "state", lambda _: state),
            mock.patch.object(service, "PAUSE_SECONDS", 0.01),
            mock.patch.object(service, "STEADY_SECONDS", 0.01),
            mock.patch.object(health, "ask", side_effect=[sick, sick, health.Answer(True, ""), health.Answer(True, "")]),
        ):
            began = time.monotonic()
            self.assertGreater(service.wait_until_serving(parsed()), began)
        with mock.patch.object(service, "state", lambda _: state), mock.patch.object(health, "ask", lambda _: sick), self.back():
            with self.assertRaisesRegex(Failure, "within 1 s: no"):
                service.wait_until_serving(parsed())


class Reloads(Clean):
    """Somebody reloads systemd, and podman, which gets no answer meanwhile, starts no container."""

    DOWN = {"ActiveState": "activating", "NRestarts": "0", "MainPID": "0", "ExecMainStatus": "126", "LoadState": "loaded"}
    UP = {**DOWN, "ActiveState": "active", "MainPID": "1"}

    def wait(self, restarts, reloads):
        """Waits for one that has been restarted so often at each look, and then serves."""
        states = [{**self.DOWN, "NRestarts": str(count)} for count in restarts]
        last = {**self.UP, "NRestarts": str(restarts[-1])}
        with (
            mock.patch.object(service, "state", lambda _: states.pop(0) if states else last),
            mock.patch.object(systemd, "reloaded_since", lambda _: reloads.pop(0)),
            mock.patch.object(service, "PAUSE_SECONDS", 0),
            mock.patch.object(service, "STEADY_SECONDS", 0),
            mock.patch.object(health, "ask", lambda _: health.Answer(True, "")),
        ):
            service.wait_until_serving(parsed(), steady=0)

    def test_tries_that_one_disturbed_do_not_count(self):
        self.wait([1, 3, 5], [True])
        with self.assertRaisesRegex(Failure, "ended by itself 3 times"):
            self.wait([1, 3, 6], [True, False])

    def test_a_try_that_was_on_its_way_at_the_last_of_many_reloads_does_not_count_either(self):
        asked = []
        with mock.patch.object(systemd, "reloaded_since", asked.append), contextlib.suppress(Failure):
            began = time.monotonic()
            with mock.patch.object(service, "state", lambda _: {**self.DOWN, "NRestarts": "3"}):
                service.wait_until_serving(parsed())
        self.assertLess(asked[0], began - 1)

    def test_a_start_that_one_disturbed_is_systemds_to_repeat(self):
        failed = commands.Finished(1, "", "Job for app.service failed")
        for reloaded in (True, False):
            with (
                mock.patch.object(systemd, "start", lambda *_: failed),
                mock.patch.object(service, "state", lambda _: self.DOWN),
                mock.patch.object(systemd, "reloaded_since", lambda _, found=reloaded: found),
                contextlib.nullcontext() if reloaded else self.assertRaisesRegex(Failure, "did not start"),
            ):
                service.start("app")


class Trials(unittest.TestCase):
    def test_systemd_goes_by_the_new_units_while_the_old_version_ends_unless_that_takes_something_from_it(self):
        for old, new, saved, late in ((5, 5, None, False), (5, 20, None, False), (20, 5, None, True), (5, 5, {"save": True, "restore": None}, True)):
            before = {"record": {"request": {"stopSeconds": old}}}
            entry = types.SimpleNamespace(facts={"data": saved}, request={"stopSeconds": new}, old=before)
            self.assertEqual(change.trial_is_late(entry), late)


class Health(Clean):
    """What the timer asks while transactions come and go."""

    def said(self, *steps):
        """What is said of `app` when each of its answers comes after something else happened."""
        records.write_confirmed("app", {"request": parsed()})
        asked = iter(steps)

        def answer(_):
            happened, healthy = next(asked)
            happened()
            return health.Answer(healthy, "healthy" if healthy else "no")

        with mock.patch.object(health, "ask", answer):
            return health.ask_between("app").text

    def end(self, transaction):
        return lambda: records.write_outcome(records.outcome("app", transaction, "confirmed", "restart", ""))

    def test_a_bad_answer_counts_only_without_a_transaction(self):
        nothing = lambda: None  # noqa: E731
        self.assertEqual(self.said((nothing, False)), "no")
        self.assertEqual(self.said((self.begin, False)), "in transaction")
        self.assertEqual(self.said(), "in transaction")
        journal.load("app").finish()
        self.assertEqual(self.said((self.end("t2"), False), (nothing, True)), "healthy")
        self.assertEqual(self.said((self.end("t3"), False), (nothing, False)), "no")

    def test_nothing_is_said_of_one_whose_place_is_taken(self):
        entry = self.begin()
        (entry.path / "journal.json").write_text(json.dumps({**entry.facts, "predecessors": ["old"]}))
        self.assertTrue(health.in_transaction("old"))
        (entry.path / "journal.json").write_text("{")
        self.assertEqual(journal.touched(), {"app"})


class Certificates(Clean):
    def make(self, path, days):
        """A certificate below the root that is valid from now on."""
        files.make_directory(path.parent)
        words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -days {days}"
        made = commands.run(["openssl", *words.split(), "-out", path, "-keyout", path.with_suffix(".key")], 30)
        self.assertTrue(made.ok, made.err)

    def test_node_exporter_gets_when_each_that_is_in_use_runs_out(self):
        served = paths.CONFIG / "app" / "1" / "tls" / "server.pem"
        copier = paths.ROOT / "etc/homelab/backup/tls/client.pem"
        self.make(served, 10)
        self.make(copier, 20)
        # As restic wants it.
        copier.write_text(copier.read_text() + copier.with_suffix(".key").read_text())
        (served.parent / "ca.pem").write_text("nonsense")
        files.switch_link(paths.current("app"), "1")
        self.make(paths.CONFIG / "app" / "0" / "tls" / "server.pem", 1)
        health.write_metrics(ROOT / "homelab.prom", {})
        lines = [line.split() for line in (ROOT / "homelab.prom").read_text().splitlines() if not line.startswith("#")]
        days = {name: round((int(at) - time.time()) / 86400) for name, at in lines}
        in_use = paths.current("app") / "tls" / "server.pem"
        name = "homelab_certificate_expiry_timestamp_seconds"
        self.assertEqual(days, {f'{name}{{file="{in_use}"}}': 10, f'{name}{{file="{copier}"}}': 20})


class Records(Clean):
    def test_previous_is_what_another_version_replaced(self):
        def record(image, files_hash, before):
            return records.next_record({"image": image, "filesHash": files_hash}, "t", before)

        first = record("a", "1", None)
        self.assertEqual(first["previous"], {"image": None, "filesHash": None})
        second = record("b", "1", first)
        self.assertEqual(second["previous"], {"image": "a", "filesHash": None})
        third = record("b", "2", second)
        self.assertEqual(third["previous"], {"image": "a", "filesHash": "1"})
        self.assertEqual(third["images"], ["a", "b"])

    def test_an_outcome_is_kept_where_the_disk_has_no_place_for_it(self):
        paths.OUTCOME.write_text("in the way")
        records.write_outcome(records.outcome("app", "t1", "confirmed", "none", "yes"))
        self.assertEqual(records.last_outcome("app")["message"], "yes")


class Reading(Clean):
    def reads(self, action, **now):
        """How often systemd reads all units when such a change is confirmed."""
        state = {"LoadState": "loaded", "SourcePath": str(paths.ETC_UNITS / "app.container"), "NeedDaemonReload": "no", **now}
        with mock.patch.object(service, "state", return_value=state), mock.patch.object(systemd, "daemon_reload") as reload:
            forward.let_systemd_read(types.SimpleNamespace(workload="app", action=action))
        return reload.call_count

    def test_are_read_again_only_where_they_changed(self):
        self.assertEqual([self.reads(action) for action in ("restart", "update", "reload", "none")], [1, 1, 0, 0])

    def test_are_read_again_where_somebody_else_changed_them(self):
        self.assertEqual(self.reads("reload", NeedDaemonReload="yes"), 1)
        self.assertEqual(self.reads("reload", SourcePath=str(paths.RUN_UNITS / "app.container")), 1)


class Notes(Clean):
    """What a person has to hear of although a change went well."""

    def test_are_part_of_the_message_and_stand_alone(self):
        entry = self.begin()
        records.tell(entry, "confirmed", "app was restarted and serves.", "Its data is that of snapshot 5e1f.")
        told = records.last_outcome("app")
        self.assertEqual(told["message"], "app was restarted and serves. Its data is that of snapshot 5e1f.")
        self.assertEqual(told["notes"], "Its data is that of snapshot 5e1f.")
        records.write_confirmed("app", {"request": parsed(), "time": 0})
        self.assertIn("Its data is that of snapshot 5e1f.", self.status())

    def test_say_that_the_last_backup_failed_and_so_does_the_status_for_as_long_as_the_data_is_there(self):
        entry = self.begin(backup=Data.RECIPE)
        entry.old["record"] = {"request": entry.request}
        with mock.patch.object(removal.backup, "ready", side_effect=Failure("no room")):
            last = removal.last_backup(entry)
        self.assertEqual(last["notes"], "There is no last backup of its data, so nothing of it was deleted: no room")
        records.tell(entry, "confirmed", "app was removed.", last["notes"])
        entry.finish()
        (paths.DATA / "app").mkdir(parents=True)
        self.assertRegex(self.status(), r"data/app \(`homelab purge app`\) There is no last backup of its data.*no room")

    def status(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), mock.patch.object(health, "ask", lambda _: health.Answer(True, "healthy")):
            status.show()
        return said.getvalue()


class Requests(Clean):
    def refused(self, text, **changes):
        with self.assertRaisesRegex(Refused, text):
            parsed(**changes)

    def test_what_would_leave_its_place_or_cannot_be_found_again_is_refused(self):
        self.refused("version 3", version=3)
        for name in ("../x", "", "A", "a b", "x" * 60):
            self.refused("workload", workload=name)
        for path in ("../a", "/a", "a//b", "a/./b", ""):
            self.refused("file path", files=[file(path, "")])
        self.refused("unit name", units={"../app.container": CONTAINER})
        self.refused("first line", units={"app.container": CONTAINER.replace("homelab: app", "homelab: other")})
        self.refused("ContainerName", units={"app.container": CONTAINER.replace("ContainerName=app", "ContainerName=b")})
        self.refused("Pull", units={"app.container": CONTAINER.replace("never", "always")})
        self.refused("Image", image="localhost/app@sha256:bb")
        self.refused("NetworkName", units={"app.container": CONTAINER, "app.network": NETWORK.replace("=app", "=b")})
        self.refused("directory", directories=[{"path": "/a/../b", "uid": 0, "gid": 0}])
        self.refused("not complete", health={"command": ["true"]})

    def test_no_content_of_files_is_kept(self):
        kept = json.dumps(requests.slim(parsed()))
        self.assertNotIn("base64", kept)
        self.assertIn(files.sha256(b"key"), kept)


class Handover(Clean):
    """A request that comes while a transaction of its workload, `t1`, is on its way."""

    def setUp(self):
        super().setUp()
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.patch(systemd, "forget_transients", lambda: None)
        self.patch(apply.checks, "before_apply", lambda request: None)

    def patch(self, *words):
        self.stack.enter_context(mock.patch.object(*words))

    def test_to_restore_data_does_not_undo_the_upgrade_that_it_waited_for(self):
        old, new = ({"request": parsed(files=[], backup=Data.RECIPE, imageTag=tag)} for tag in "12")
        records.write_confirmed("app", old)
        busy = [True]

        def ended(workload, transaction):
            busy.clear()
            records.write_confirmed("app", new)
            return {"result": "confirmed", "transaction": transaction}

        self.patch(follow, "busy", lambda _: bool(busy))
        self.patch(follow, "running", lambda _: ("t1", "2" * 64))
        self.patch(follow, "follow", ended)
        outcome = restore.restore("app", "f" * 8)
        self.assertEqual(outcome["result"], "refused")
        self.assertIn("app was changed meanwhile", outcome["message"])
        self.assertFalse((paths.STAGED / "app").exists())

    def test_does_not_wait_for_ever_for_one_that_cannot_be_settled(self):
        self.begin()
        self.patch(follow, "busy", lambda _: True)
        for result, message in ("unsettled", "no room is left"), ("confirmed", "/etc cannot be written"):
            ended = records.outcome("app", "t1", result, "restart", message)
            self.patch(follow, "follow", mock.Mock(side_effect=[ended] * 2))
            outcome = apply.apply(json.dumps(apply_request(content="3" * 64)))
            self.assertEqual(outcome["result"], "refused")
            self.assertIn(f"a transaction of app has not ended, so nothing else was begun: {message}", outcome["message"])
            # The same request, over another connection.
            self.assertEqual(apply.apply(json.dumps(apply_request())), ended)

    def test_of_which_nothing_is_known_yet_is_asked_for_with_a_pause(self):
        self.patch(follow, "busy", mock.Mock(side_effect=[True, True, True, True, False, False]))
        self.patch(apply.observed, "observe", lambda _: types.SimpleNamespace(nothing=True))
        pauses = []
        self.patch(time, "sleep", pauses.append)
        outcome = apply.remove(json.dumps({"version": requests.VERSION, "workload": "app", "deleteData": False}))
        self.assertEqual((outcome["result"], pauses), ("unchanged", [follow.POLL_SECONDS] * 2))


class Verbs(Clean):
    def test_what_is_no_name_of_a_workload_is_refused_before_anything_is_done(self):
        (paths.DATA / "app").mkdir(parents=True)
        program = [sys.executable, "-B", str(Path(os.environ["HOST_PROGRAM"], "homelab"))]
        for words in (["purge", ""], ["purge", "../data"], ["purge", "--without-backup"], ["drop-failed", "*"], ["backup", "--all"]):
            done = subprocess.run([*program, *words], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (2, f"homelab {words[0]}: {words[1]!r} is no name of a workload\n"))
        for name in ("", "..", "../data"):
            subprocess.run([*program, "purge", name, "--without-backup"], capture_output=True, check=False)
            self.assertTrue((paths.DATA / "app").exists(), name)


class Units(Clean):
    def test_keys_are_found_in_their_section_continued_lines_joined(self):
        self.assertEqual(units.value(CONTAINER, "Container", "PodmanArgs"), "--memory=1m    --cpus=1")
        self.assertEqual(units.value(CONTAINER, "Service", "PodmanArgs"), "")
        self.assertEqual(units.networks({"app.network": NETWORK}), {"app": "10.1.0.0/28"})
        self.assertEqual(units.published({"app.container": CONTAINER}), [("10.0.0.1", 80, "tcp"), ("", 53, "udp")])

    def test_foreign_files_are_not_ours_and_drop_ins_are(self):
        (paths.ETC_UNITS / "app.container").write_text(CONTAINER)
        (paths.ETC_UNITS / "app.network").write_text(NETWORK.replace("# homelab: app", "# mine"))
        (paths.ETC_UNITS / "container.d").mkdir()
        (paths.ETC_UNITS / "container.d/x.conf").touch()
        (paths.ETC_UNITS / "app.container.d").mkdir()
        (paths.ETC_UNITS / "app.container.d/y.conf").write_text("[Container]\n")
        self.assertEqual(list(units.present(paths.ETC_UNITS, "app")), ["app.container", "app.container.d/y.conf"])

    def test_a_prepared_unit_is_installed_by_a_rename_and_old_ones_go(self):
        (paths.ETC_UNITS / "app.network").write_text(NETWORK)
        (paths.ETC_UNITS / "app.container.d").mkdir()
        (paths.ETC_UNITS / "app.container.d/y.conf").write_text("")
        units.prepare({"app.container": CONTAINER})
        prepared = os.stat(files.temporary(paths.ETC_UNITS / "app.container")).st_ino
        for _ in range(2):
            units.install({"app.container": CONTAINER}, "app")
            self.assertEqual(units.present(paths.ETC_UNITS, "app"), {"app.container": CONTAINER})
            self.assertEqual(os.listdir(paths.ETC_UNITS), ["app.container"])
            self.assertEqual(os.stat(paths.ETC_UNITS / "app.container").st_ino, prepared)

    def test_a_trial_covers_drop_ins_that_are_no_longer_wanted(self):
        units.put_on_trial({"app.container": CONTAINER}, {"app.container.d/y.conf": "[Container]\n"})
        self.assertEqual((paths.RUN_UNITS / "app.container.d/y.conf").read_text(), "")
        self.assertTrue(units.drop_trial("app"))
        self.assertFalse(units.drop_trial("app"))
        self.assertEqual(os.listdir(paths.RUN_UNITS), [])

    def test_prepared_units_of_others_stay(self):
        units.prepare({"app.container": CONTAINER})
        units.prepare({"other.container": CONTAINER.replace("homelab: app", "homelab: other")})
        units.discard_prepared("app")
        self.assertEqual(os.listdir(paths.ETC_UNITS), [".other.container.homelab-new"])


class Following(unittest.TestCase):
    def follows(self, old, new, text=CONTAINER):
        self.assertIn(old, text)
        return following.can_follow({"app.container": text}, {"app.container": text.replace(old, new)})

    def test_limits_and_what_only_systemd_reads_need_no_start(self):
        text = f"{CONTAINER}PidsLimit=5\n[Unit]\nDescription=a\n[Service]\nRestartSec=1\nEnvironment=A=1\n[Install]\nWantedBy=x\n"
        for old, new in (
            ("--memory=1m", "--memory=2m"),
            ("PidsLimit=5", "PidsLimit=6"),
            ("Description=a", "After=b"),
            ("RestartSec=1", "RestartSec=2\nExecReload=/bin/true"),
            ("WantedBy=x", ""),
            ("# homelab: app\n", "# homelab: app\n# a comment\n\n"),
        ):
            self.assertTrue(self.follows(old, new, text), new)
        for old, new in (
            ("--memory=1m", ""),
            ("--cpus=1", "--cpus=1 --shm-size=1m"),
            ("--cpus=1", "--cpus=%i"),
            ("PidsLimit=5", ""),
            ("PidsLimit=5", "PidsLimit=5\nPodmanArgs="),
            ("Environment=A=1", "Environment=A=2"),
            ("Pull=never", "Pull=missing"),
            ("[Unit]", "[Pod]"),
        ):
            self.assertFalse(self.follows(old, new, text), new)

    def test_another_set_of_units_is_a_start(self):
        both = {"app.container": CONTAINER, "app.network": NETWORK}
        self.assertTrue(following.can_follow(both, {**both, "app.network": f"{NETWORK}[Unit]\nDescription=x\n"}))
        self.assertFalse(following.can_follow(both, {"app.container": CONTAINER}))
        self.assertFalse(following.can_follow({**both, "app.container.d/x.conf": ""}, both))
        self.assertFalse(following.can_follow(both, {**both, "app.network": NETWORK.replace("28", "29")}))


class Limits(Clean):
    def container(self, memory=1 << 20, cpus=1e9, pids=2048):
        has = {"Memory": memory, "MemorySwap": 2 * memory, "NanoCpus": cpus, "PidsLimit": pids}
        return {"HostConfig": has, "State": {"CgroupPath": "/machine.slice/x.scope"}}

    def test_what_a_unit_sets_is_compared_with_what_podman_has(self):
        self.assertEqual(limits.declared(CONTAINER), {"memory": "1m", "cpus": "1"})
        self.assertTrue(limits.right(self.container(), CONTAINER))
        self.assertFalse(limits.right(self.container(memory=2 << 20), CONTAINER))
        self.assertFalse(limits.right(self.container(cpus=5e8), CONTAINER))
        self.assertTrue(limits.right(self.container(cpus=289990000), CONTAINER.replace("cpus=1", "cpus=0.29")))
        self.assertTrue(limits.right(self.container(), CONTAINER.replace("=1m", "=0x1")), "not ours to judge")

    def test_memory_in_use_is_all_but_the_page_cache_in_both_versions_of_cgroups(self):
        for folder, usage, prefix in (("", "memory.current", ""), ("memory/", "memory.usage_in_bytes", "total_")):
            group = ROOT / "sys/fs/cgroup" / f"{folder}machine.slice/x.scope"
            group.mkdir(parents=True)
            (group / usage).write_text("1000\n")
            cache = "file" if not prefix else "total_cache"
            (group / "memory.stat").write_text(f"{cache} 700\n{prefix}shmem 100\nanon 1\n")
            self.assertEqual(limits.in_use(self.container()), 400)
            files.remove_tree(group)
        self.assertIsNone(limits.in_use(self.container()))
        self.assertIsNone(limits.in_use(None))


class Ports(unittest.TestCase):
    def test_the_same_port_collides_on_the_same_or_on_every_address(self):
        for one, other, expected in (
            (("10.0.0.1", 80, "tcp"), ("10.0.0.1", 80, "tcp"), True),
            (("10.0.0.1", 80, "tcp"), ("0.0.0.0", 80, "tcp"), True),
            (("", 80, "tcp"), ("10.0.0.2", 80, "tcp"), True),
            (("10.0.0.1", 80, "tcp"), ("::", 80, "tcp"), True),
            (("10.0.0.1", 80, "tcp"), ("10.0.0.2", 80, "tcp"), False),
            (("10.0.0.1", 80, "tcp"), ("10.0.0.1", 80, "udp"), False),
            (("10.0.0.1", 80, "tcp"), ("10.0.0.1", 81, "tcp"), False),
        ):
            self.assertEqual(bool(ports.collide(one, other)), expected, (one, other))

    def test_a_listening_socket_of_this_machine_is_found_with_its_process(self):
        import socket

        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            found = [inode for inode, claim in ports.listening("tcp") if claim == ("127.0.0.1", port, "tcp")]
            self.assertEqual(len(found), 1)
            self.assertIn(str(os.getpid()), ports._holder(found[0], []))

    def test_ranges_of_podman_are_all_of_their_ports(self):
        entry = {"host_ip": "", "host_port": 8000, "range": 2, "protocol": "tcp,udp"}
        expected = [("", 8000, "tcp"), ("", 8000, "udp"), ("", 8001, "tcp"), ("", 8001, "udp")]
        self.assertEqual(list(ports.claims({"Ports": [entry]})), expected)


if __name__ == "__main__":
    unittest.main()
