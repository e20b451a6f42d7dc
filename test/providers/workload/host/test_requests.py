"""Requests from outside: what is refused, and what becomes of one that comes while another is on its way."""

import contextlib
import json
import os
import socket
import subprocess
import time
import types
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import CONTAINER, HOMELAB, NETWORK, RECIPE, Clean, apply_request, file, parsed

import announce
import apply
import commands
import files
import follow
import holds
import paths
import records
import request as requests
import restore
import staging
import systemd
import transaction
from errors import Refused


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

    def patch(self, *words):
        self.stack.enter_context(mock.patch.object(*words))

    def test_to_restore_data_does_not_undo_the_upgrade_that_it_waited_for(self):
        old, new = ({"request": parsed(files=[], backup=RECIPE, imageTag=tag)} for tag in "12")
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

    def test_that_systemd_started_although_it_did_not_say_so_is_followed(self):
        said = commands.Finished(commands.TIMED_OUT, "", "systemd-run did not end within 30 s and was killed")
        self.patch(systemd, "run_transient", lambda *_: said)
        request = {**parsed(), "kind": "apply"}
        self.patch(follow, "busy", lambda _: True)
        apply._start(request, "t1")
        self.patch(follow, "busy", lambda _: False)
        self.assertRaisesRegex(Refused, "could not be started on this host: systemd-run did not end", apply._start, request, "t1")

    def test_of_which_nothing_is_known_yet_is_asked_for_with_a_pause(self):
        self.patch(follow, "busy", mock.Mock(side_effect=[True, True, False]))
        self.patch(apply.observed, "observe", lambda _: types.SimpleNamespace(nothing=True))
        pauses = []
        self.patch(time, "sleep", pauses.append)
        outcome = apply.remove(json.dumps({"version": requests.VERSION, "workload": "app", "deleteData": False}))
        self.assertEqual((outcome["result"], pauses), ("unchanged", [follow.POLL_SECONDS] * 2))


class Refusals(Clean):
    """What a transaction finds out before it touches anything."""

    def refuse(self, error):
        """The outcome, and what the system's journal is told, whose every line is a field."""
        staging.stage(parsed(), "t1")
        announce.SOCKET.parent.mkdir(parents=True, exist_ok=True)
        with (
            mock.patch.object(transaction, "prepare", side_effect=error),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journald,
        ):
            announce.SOCKET.unlink(missing_ok=True)
            journald.bind(str(announce.SOCKET))
            self.assertEqual(transaction.run("app", "t1"), 0)
            fields = [line.split("=", 1) for line in journald.recv(1 << 16).decode().splitlines()]
        self.assertFalse((paths.STAGED / "app").exists())
        self.assertEqual([field[0] for field in fields], ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", *["OBJECT_SYSTEMD_UNIT"] * 2])
        return records.last_outcome("app"), fields[0][1]

    def test_leave_nothing_and_are_told_in_one_line(self):
        outcome, said = self.refuse(Refused("podman's generator refuses the unit:\nno such key"))
        self.assertEqual((outcome["result"], outcome["message"]), ("refused", "podman's generator refuses the unit:\nno such key"))
        self.assertEqual(said, "app: refused. podman's generator refuses the unit: no such key.")

    def test_are_told_as_what_they_are_though_nobody_thought_of_them(self):
        outcome, _ = self.refuse(KeyError("Names"))
        self.assertEqual((outcome["result"], outcome["message"]), ("refused", "KeyError: 'Names'"))

    def test_do_not_hide_what_is_to_be_known_of_data_that_a_removed_workload_left(self):
        records.write_outcome(records.outcome("app", "t0", "confirmed", "remove", "", notes="There is no last backup."))
        self.assertEqual(self.refuse(Refused("no"))[0]["notes"], "There is no last backup.")
        records.write_confirmed("app", {"request": parsed()})
        self.assertEqual(self.refuse(Refused("no"))[0]["notes"], "")

    def test_of_what_is_held_do_not_wait_for_a_turn(self):
        holds.hold("app", parsed()["image"], "1", "it failed.", "t0")
        with mock.patch.object(systemd, "forget_transients"), mock.patch.object(follow, "busy", return_value=False):
            outcome = apply.apply(json.dumps(apply_request()))
        self.assertEqual(outcome["result"], "refused")
        self.assertIn("app 1 is held on this host", outcome["message"])


class Verbs(Clean):
    def test_read_what_programs_say_in_one_language_whatever_the_pi_speaks(self):
        records.write_confirmed("app", {"request": parsed()})
        done = subprocess.run(
            [*HOMELAB, "in-turn", "app", "printenv", "LC_ALL"],
            env={**os.environ, "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        self.assertEqual(done.stdout, "C.UTF-8\n")

    def test_what_is_no_name_of_a_workload_is_refused_before_anything_is_done(self):
        (paths.DATA / "app").mkdir(parents=True)
        for words in (["purge", ""], ["purge", "../data"], ["purge", "--without-backup"], ["drop-failed", "*"], ["backup", "--all"]):
            done = subprocess.run([*HOMELAB, *words], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (2, f"homelab {words[0]}: {words[1]!r} is no name of a workload\n"))
        for name in ("", "..", "../data"):
            subprocess.run([*HOMELAB, "purge", name, "--without-backup"], capture_output=True, check=False)
            self.assertTrue((paths.DATA / "app").exists(), name)


if __name__ == "__main__":
    unittest.main()
