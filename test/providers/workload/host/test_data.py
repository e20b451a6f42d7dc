"""The data of a workload in the middle of a change: brought in, put back and copied, and what a cut leaves of it."""

import contextlib
import os
import types
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import PowerCut, WithData

import back
import change
import commands
import data
import data_folders
import files
import forward
import paths
import reflink
import results
from errors import Failure


class Data(WithData):
    """Cut off after any number of renames, and in the middle of a change."""

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


class Room(WithData):
    """On the disk, for data to go back to that has to be restored."""

    def left(self):
        """All that lies there, by name."""
        return sorted(path.name for path in paths.DATA.iterdir())

    def test_is_kept_from_before_anything_is_stopped_until_it_is_needed(self):
        started = self.journal(restore=False)
        place, there = data_folders.of(started), types.SimpleNamespace(location=str(paths.DATA))
        with mock.patch.object(data.room, "size", lambda _: 5000):
            data._keep_room(place, there, {"backup": started.facts["data"]["recipe"]}, 0)
        self.assertGreaterEqual(place.room.stat().st_blocks * 512, 5000 + data.room.MARGIN_BYTES)
        for phase in ("staged", "stopping", "stopped", "saved", "switched", "starting"):
            started.enter(phase)
        started.note("restore-point", {"snapshot": "f" * 64, "bytes": 100})
        seen = []

        def exactly_enough(_):
            seen.append(place.room.exists())
            return 100

        with self.repository("old"), mock.patch.object(data.room, "free_bytes", exactly_enough):
            data.put_back(started)
        self.assertEqual((seen, place.room.exists()), ([False], False))
        self.assertEqual(self.there()["app/data/rows"], "old")

    def test_is_given_free_where_a_version_is_confirmed_or_a_copy_shares_its_content(self):
        started = self.journal(restore=False)
        place = data_folders.of(started)
        data_folders.reserve(place.room, 0)
        data.keep_new(started)
        self.assertFalse(place.room.exists())
        data_folders.reserve(place.room, 1)
        with mock.patch.object(data_folders, "clone", lambda _: True):
            data.save(started)
        self.assertFalse(place.room.exists())

    def test_that_is_missing_is_said_and_no_try_leaves_anything(self):
        started = self.saved_and_switched()
        before = self.left()
        for _ in range(3):
            with self.repository("old"), mock.patch.object(data.room, "free_bytes", lambda _: 99):
                self.assertRaisesRegex(Failure, "the data to go back to needs 0 MiB, and the disk of .* has 0 MiB", data.put_back, started)
            full = mock.patch.object(data.restic, "restore", side_effect=Failure("no space left on device"))
            with self.repository("old"), full:
                self.assertRaisesRegex(Failure, "no space left", data.put_back, started)
        self.assertEqual(self.left(), before)


class Copies(WithData):
    """What is beside the data while a version that has not served yet works on it."""

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
            forward: ("confirm_units", "let_systemd_read", "start_if_down", "record_of"),
            forward.takeover: ("retire",),
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


if __name__ == "__main__":
    unittest.main()
