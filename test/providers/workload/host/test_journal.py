"""The journal of a transaction, and the clocks by which it measures."""

import base64
import json
import os
import time
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import ROOT, Clean, parsed

import files
import health
import journal
import paths
import records
import service
import systemd
from errors import Failure, Unreadable


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


if __name__ == "__main__":
    unittest.main()
