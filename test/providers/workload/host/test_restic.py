"""How restic is asked, and what is made of its answers. What it answers is played by a program in its place."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path
from unittest import mock

# First: it finds the host's modules.
from fixtures import ROOT

import backup
import files
import paths
import places
import restic
import unproven


class Played(unittest.TestCase):
    """A program in restic's place, which answers as it is told and notes what it was asked."""

    DATA = ROOT / "saved"
    SUMMARY = {"message_type": "summary", "snapshot_id": "5e1f", "total_files_processed": 1, "total_bytes_processed": 3}

    def setUp(self):
        self.folder = ROOT / "restic"
        files.remove_tree(self.folder)
        files.make_directory(self.folder)
        self.program = self.folder / "restic"
        self.program.write_text(
            f'#!/bin/sh\ncd {self.folder}\necho "$*" >>asked\nn=$(wc -l <asked)\n'
            "cat out.$n 2>/dev/null; cat err.$n >&2 2>/dev/null; exit $(cat code.$n 2>/dev/null || echo 0)\n"
        )
        self.program.chmod(0o755)
        self.addCleanup(mock.patch.stopall)
        mock.patch.object(restic, "PROGRAM", str(self.program)).start()
        self.repository = restic.Repository(str(self.folder / "repository"), "/etc/homelab/backup/password")
        files.make_directory(self.DATA)
        files.write(self.DATA / "rows", "one")
        files.remove_tree(unproven.MARKS)

    def answers(self, *answers):
        """(exit status, stdout, stderr) of each call, one after the other; what comes after these goes well and says nothing."""
        for number, (code, out, err) in enumerate(answers, 1):
            for name, text in (("code", code), ("out", out), ("err", err)):
                (self.folder / f"{name}.{number}").write_text(text if isinstance(text, str) else json.dumps(text))

    def asked(self):
        return [line.replace("--no-cache --json ", "") for line in (files.text(self.folder / "asked") or "").splitlines()]


class Restic(Played):
    def backup(self, **tags):
        return restic.backup(self.repository, "adama", [self.DATA], tags)

    def test_a_snapshot_has_its_tags_that_of_the_commit_among_them(self):
        recipe = {"paths": [str(self.DATA)], "retention": "state", "hot": {"kind": "files", "flush": None}}
        request = {"workload": "app", "commit": "c0ffee", "backup": recipe}
        self.answers((0, self.SUMMARY, ""))
        with mock.patch.object(backup, "_host", lambda: "adama"):
            saved = backup.cold(self.repository, request, backup.tags(request, "last", "localhost/app@sha256:aa", "t1"), None)
        self.assertEqual(saved.id, "5e1f")
        self.assertRegex(self.asked()[0], "--tag attempt=[0-9a-f]{16} -- ")
        self.assertEqual(unproven.names(), set())
        for tag in ("workload=app", "kind=last", "image=sha256:aa", "transaction=t1", "commit=c0ffee"):
            self.assertIn(f"--tag {tag} ", self.asked()[0])

    def test_data_that_lies_aside_is_read_there_although_what_is_in_its_place_lacks_a_volume(self):
        live, aside = paths.DATA / "app", paths.DATA / ".app.before-t1"
        self.addCleanup(files.remove_tree, paths.DATA)
        for folder in (live / "data", aside / "data", aside / "media"):
            files.make_directory(folder)
        recipe = {"paths": [str(live / "data"), str(live / "media")], "retention": "state", "hot": {"kind": "files", "flush": None}}
        seen = mock.Mock(side_effect=lambda mounts, argv: argv)
        self.answers((0, self.SUMMARY, ""))
        with mock.patch.object(restic, "_seeing", seen), mock.patch.object(backup, "_host", lambda: "adama"):
            backup.cold(self.repository, {"workload": "app", "backup": recipe}, {}, None, aside)
            self.assertEqual(seen.call_args_list[0].args[0], [(aside, live)])
            self.assertIn(f"-- {live}/data {live}/media", self.asked()[0])
            files.remove_tree(aside / "media")
            with self.assertRaisesRegex(restic.ResticFailure, "app/media is not there"):
                backup.cold(self.repository, {"workload": "app", "backup": recipe}, {}, None, aside)

    def test_snapshots_are_sorted_by_when_they_were_taken_whatever_the_zone_was(self):
        # The night in which summer time ends, and one whose clock is set to UTC; the last two within a second.
        times = ["2026-10-25T02:50:00.1+02:00", "2026-10-25T02:10:00.1+01:00", "2026-10-25T01:20:00.25Z", "2026-10-25T01:20:00.123456789Z"]
        entry = {"hostname": "adama", "paths": [], "tags": []}
        self.answers((0, [{**entry, "id": str(number), "time": time} for number, time in enumerate(times)], ""))
        self.assertEqual([found.id for found in restic.snapshots(self.repository)], ["0", "1", "3", "2"])
        self.assertEqual(places.seconds("2026-10-25T02:50:00.999999999+02:00"), places.seconds("2026-10-25T00:50:00Z"))

    def test_half_a_snapshot_is_forgotten(self):
        error = {"message_type": "error", "error": {"message": "rows: permission denied"}}
        self.answers((3, self.SUMMARY, error))
        with self.assertRaisesRegex(restic.ResticFailure, "permission denied") as raised:
            self.backup()
        self.assertEqual(raised.exception.kind, restic.INCOMPLETE)
        self.assertEqual(self.asked()[1:], ["forget 5e1f"])

    def test_half_a_snapshot_that_cannot_be_forgotten_is_known_by_its_mark(self):
        self.answers((3, self.SUMMARY, ""), (11, "", ""))
        with self.assertRaises(restic.ResticFailure):
            self.backup()
        (mark,) = unproven.left()
        self.assertIn(f"--tag attempt={mark} ", self.asked()[0])

    def test_every_exit_status_but_0_is_a_failure_also_one_that_nobody_knows(self):
        for code, kind, words in (
            (1, restic.FAILED, "something"),
            (2, restic.FAILED, "something"),
            (10, restic.MISSING, "there is no repository at .*/repository"),
            (12, restic.PASSWORD, "the password in /etc/homelab/backup/password does not open"),
            (130, restic.INTERRUPTED, "restic was interrupted"),
            (77, restic.FAILED, "something"),
        ):
            files.remove(self.folder / "asked")
            self.answers((code, self.SUMMARY, {"message_type": "exit_error", "message": "Fatal: something"}))
            with self.assertRaisesRegex(restic.ResticFailure, f"restic backup: {words}") as raised:
                self.backup()
            self.assertEqual(raised.exception.kind, kind, code)
            # Whatever it says that it left.
            self.assertEqual(self.asked()[1:], ["forget 5e1f"], code)

    def lock(self, pid):
        """The repository is locked by that process of this host. Returns the lock's file."""
        path = Path(self.repository.location, "locks", "a" * 64)
        files.make_directory(path.parent)
        files.write(path, "")
        self.answers((11, "", ""), (0, "", ""), (0, path.name, ""), (0, {"hostname": os.uname().nodename, "pid": pid}, ""))
        return path

    def test_a_lock_of_a_living_process_is_waited_for_and_stays(self):
        command = self.folder / "living/restic"
        files.make_directory(command.parent)
        command.write_text("#!/bin/sh\nread _\n")
        command.chmod(0o755)
        # It ends with the pipe that it reads from.
        with subprocess.Popen([command], stdin=subprocess.PIPE) as living:
            lock = self.lock(living.pid)
            (self.folder / "code.5").write_text("11")
            with self.assertRaisesRegex(restic.ResticFailure, "is locked by somebody else") as raised:
                self.backup()
        self.assertEqual(raised.exception.kind, restic.LOCKED)
        self.assertTrue(lock.exists())
        self.assertEqual([words.split()[0] for words in self.asked()], ["backup", "unlock", "list", "cat", "--retry-lock"])

    def test_a_lock_of_a_process_that_is_gone_is_removed_also_where_another_has_its_number(self):
        for pid in (os.getpid(), 2**22 + 1):
            files.remove(self.folder / "asked")
            lock = self.lock(pid)
            (self.folder / "out.5").write_text(json.dumps(self.SUMMARY))
            self.assertEqual(self.backup().id, "5e1f")
            self.assertFalse(lock.exists())


class Sftp(Played):
    """A repository on an sftp server. The program in restic's place writes into ssh's log what ssh would."""

    def setUp(self):
        super().setUp()
        ssh = {"host": "nas.example.org", "port": 23, "key": "/etc/key", "knownHosts": "/etc/known"}
        self.repository = restic.Repository("sftp://me@nas.example.org:23//backups/adama", "/etc/password", ssh=ssh)

    def said_by_ssh(self, text):
        played = self.program.read_text()
        (self.folder / "said").write_text(text)
        log = "$(echo $2 | sed 's/.*-E \\([^ ]*\\) .*/\\1/')"
        self.program.write_text(played.replace(f"cd {self.folder}\n", f"cd {self.folder}\ncat said >>{log}\n"))

    def test_is_reached_by_what_the_lab_brought_alone_and_a_copy_is_too(self):
        here = restic.Repository("/repository", "/etc/password")
        restic.run(self.repository, ["snapshots"])
        restic.run(restic.with_source(self.repository, here), ["copy", "5e1f"])
        restic.run(here, ["snapshots"])
        by_ssh = (
            "-o sftp.args=-F none -E LOG -i /etc/key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes"
            " -o UserKnownHostsFile=/etc/known -o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=15 -o ServerAliveInterval=20 --json"
        )
        asked = [re.sub(r"-E /proc/\d+/fd/\d+ ", "-E LOG ", line) for line in self.asked()]
        self.assertEqual(asked, [f"{by_ssh} snapshots", f"{by_ssh} copy 5e1f", "snapshots"])

    def test_says_why_ssh_gave_up_where_restic_only_misses_the_server(self):
        missed = {"message_type": "exit_error", "message": "Fatal: unable to start the sftp session"}
        played = self.program.read_text()
        for said, words in (
            ("@@@ WARNING @@@\nHost key verification failed.\r\n", "nas.example.org: it shows another ssh key than hostKey .*verification"),
            ("me@nas: Permission denied (publickey).\r\n", "nas.example.org: it does not let this host in: the SSH_KEY .*publickey"),
            ("client_loop: send disconnect: Broken pipe\n", "unable to start the sftp session .ssh: client_loop"),
            ("", "unable to start the sftp session"),
        ):
            files.remove(self.folder / "asked")
            self.program.write_text(played)
            self.said_by_ssh(said)
            self.answers((1, "", missed))
            with self.assertRaisesRegex(restic.ResticFailure, f"restic cat: {words}") as raised:
                restic.exists(self.repository)
            self.assertEqual(raised.exception.log[-1], "Fatal: unable to start the sftp session")

    def test_is_missing_whatever_ssh_said_before(self):
        self.said_by_ssh("load pubkey: invalid format\n")
        self.answers((10, "", ""))
        self.assertFalse(restic.exists(self.repository))


class Threads(unittest.TestCase):
    def test_what_timers_do_has_one_and_an_upgrade_two_whatever_the_pi_has(self):
        given = {}
        with mock.patch.object(restic.commands, "run", lambda argv, seconds, environment: given.update(environment)):
            for gentle, threads in ((True, "1"), (False, "2")):
                restic._start(restic.Repository("/x", "/p"), ["backup"], gentle=gentle)
                self.assertEqual(given["GOMAXPROCS"], threads)


class Owner(unittest.TestCase):
    def test_of_a_copy_stays_who_it_is(self):
        here = restic.Repository("/x", "/p", {}, "copy of starbuck", (1990, 1990))
        self.assertEqual(restic._as_owner(here)[:3], ["setpriv", "--reuid=1990", "--regid=1990"])
        self.assertEqual(restic._as_owner(restic.Repository("/x", "/p")), [])


if __name__ == "__main__":
    unittest.main()
