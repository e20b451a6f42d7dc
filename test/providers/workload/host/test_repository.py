"""The repository on a host's own disk: when it is made, room on it, and checks of it."""

import contextlib
import io
import os
import socket
import tempfile
import unittest
from pathlib import Path
from unittest import mock

# First: it finds the host's modules.
from fixtures import ROOT, Host, snapshot

import backup
import data
import dumps
import files
import integrity
import journal
import paths
import places
import restic
import restore
import room
from errors import Failure

# The fixtures have another in its place.
reachable = places.check_reachable


class FirstRepository(Host):
    def test_is_made_when_it_is_needed(self):
        places.ensure_local()
        self.assertEqual(self.made, [str(places.OWN_DISK)])

    def test_is_not_made_anew_when_it_is_gone_until_a_person_says_so(self):
        self.there["local"] = []
        places.ensure_local()
        self.there["local"] = None
        with self.assertRaisesRegex(Failure, "was there and is gone.*homelab new-repository"):
            places.ensure_local()
        self.assertEqual(self.made, [])
        with contextlib.redirect_stdout(None):
            self.assertEqual(places.renew(), 0)
        self.assertEqual(self.made, [str(places.OWN_DISK)])

    def test_on_a_drive_is_not_made_on_the_card_when_the_drive_is_missing(self):
        self.declare(repository=str(ROOT / "mnt/usb/homelab"))
        with self.assertRaisesRegex(Failure, "is not"):
            places.ensure_local()
        self.assertEqual(self.made, [])


class Room(Host):
    """A workload with 3 MiB of data, on a disk that has room for so many MiB beside the margin."""

    MIB = 1 << 20
    DATA = paths.DATA / "app/data"

    def setUp(self):
        super().setUp()
        files.make_directory(self.DATA)
        (self.DATA / "rows").write_bytes(os.urandom(3 * self.MIB))
        with open(self.DATA / "hole", "wb") as file:
            file.truncate(100 * self.MIB)
        self.addCleanup(files.remove_tree, paths.DATA)
        files.make_directory(places.OWN_DISK)
        self.there["local"] = []
        self.recipe = {"paths": [str(self.DATA)], "retention": "state", "hot": {"kind": "files", "flush": None}}
        self.written = []
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(mock.patch.object(restic, "backup", lambda *_, **__: self.written.append("backup")))

    def free(self, mib):
        return mock.patch.object(room, "free_bytes", lambda path: room.MARGIN_BYTES + mib * self.MIB)

    def hot(self):
        record = {"request": {"workload": "app", "image": "app@sha256:aa", "backup": self.recipe}}
        with mock.patch.object(backup.records, "confirmed", lambda workload: record):
            backup.hot("app")

    def test_for_all_of_the_data_is_asked_before_a_first_backup_writes_anything(self):
        with self.free(2), self.assertRaisesRegex(Failure, "a backup of app may need 67 MiB, and the disk of .* has 66 MiB of room left"):
            self.hot()
        self.assertEqual(self.written, [])
        with self.free(4):
            self.hot()
        self.assertEqual(self.written, ["backup"])

    def test_a_folder_that_is_gone_is_missed_before_anything_is_stopped_for_it(self):
        with self.assertRaisesRegex(Failure, f"^there is no {self.DATA}/gone$"):
            backup.ready("app", [str(self.DATA), f"{self.DATA}/gone"])

    def test_what_was_saved_before_needs_none(self):
        before = snapshot("a")._replace(paths=[str(self.DATA)], size=2 * self.MIB)
        self.there["local"] = [before, snapshot("b")._replace(paths=["/elsewhere"], size=0)]
        with self.free(2):
            self.hot()
        self.there["local"] = [before._replace(size=4 * self.MIB)]
        with self.free(0):
            self.hot()
        self.assertEqual(self.written, ["backup", "backup"])

    def test_of_a_dump_it_is_that_of_the_dump_once_there_is_one(self):
        self.recipe["hot"] = {"kind": "dump", "path": str(self.DATA), "command": ["pg_dump"], "file": "app.sql", "leastBytes": 1}
        files.remove_tree(dumps.folder("app"))
        self.addCleanup(files.remove_tree, dumps.folder("app"))
        with mock.patch.object(dumps, "_execute", lambda workload, command, stdin, stdout: (stdout.write(b"rows") and 0, [])):
            with self.free(2), self.assertRaisesRegex(Failure, "may need 67 MiB"):
                self.hot()
            with self.free(4):
                self.hot()
            with self.free(2):
                self.hot()

    def test_before_an_upgrade_there_has_to_be_some_to_go_back_too(self):
        old = {"record": {"request": {"workload": "app", "image": "app@sha256:aa", "backup": self.recipe}}}
        request = {"workload": "app", "image": "app@sha256:bb", "backup": self.recipe}
        facts = {"workload": "app", "transaction": "t", "action": "restart", "request": request, "old": old}
        facts["data"] = {"save": True, "restore": None, "fresh": False, "recipe": self.recipe}
        begun = journal.Journal(Path(tempfile.mkdtemp(dir=ROOT)), facts)
        for mib, why in {2: "a backup of app may need 67 MiB", 5: "data to go back to, beside that of the new version, needs 70 MiB"}.items():
            with self.free(mib), self.assertRaisesRegex(Failure, f"app was not changed, .*{why}"):
                data.prepare(begun)
            self.assertEqual(self.written, [])

    def test_into_a_folder_comes_all_of_a_snapshot_or_nothing(self):
        target = Path(tempfile.mkdtemp(dir=ROOT)) / "beside"
        self.there["local"] = [snapshot("a" * 64)._replace(size=3 * self.MIB)]

        def half(repository, identifier, folder, target, **_):
            (target / "data").mkdir()
            (target / "data/rows").write_text("half")
            raise Failure("pack 1a is damaged")

        for mib, why in {2: "the data of the snapshot needs 67 MiB", 4: "pack 1a is damaged"}.items():
            said, restored = io.StringIO(), mock.Mock(side_effect=half)
            with self.free(mib), mock.patch.object(restic, "restore", restored), contextlib.redirect_stderr(said):
                self.assertEqual(restore.write_to("app", "a" * 8, str(target)), 1)
            self.assertIn(why, said.getvalue())
            self.assertEqual((restored.called, os.listdir(target)), (mib == 4, []))


class Servers(Host):
    """Of places elsewhere: whether one answers is asked before restic is, which would try for minutes."""

    def remote(self, **changes):
        place = {"name": "remote", "repository": "s3:https://s3.example.org/adama", "environment": {}, "prune": True, **changes}
        self.declare(places=[place])
        return places.others()[0].repository

    def test_are_those_of_ssh_and_of_rest_by_their_ports(self):
        ssh = {"key": "/etc/key", "knownHosts": "/etc/known"}
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            sftp = self.remote(repository=f"sftp://me@127.0.0.1:{port}/x", ssh={**ssh, "host": "127.0.0.1", "port": port})
            rest = self.remote(repository=f"rest:http://127.0.0.1:{port}/x")
            for repository in (sftp, rest):
                reachable(repository)
        for repository in (sftp, rest):
            with self.assertRaisesRegex(Failure, f"^127.0.0.1:{port} does not answer: Connection refused$"):
                reachable(repository)

    def test_others_are_left_to_restic(self):
        reachable(self.remote())


class Checks(unittest.TestCase):
    def test_go_round_all_parts_and_stay_at_one_that_was_bad(self):
        parts, kept = [], {}
        for _ in range(9):
            kept = {"part": integrity.next_part(kept, 7)}
            parts.append(kept["part"])
        self.assertEqual(parts, [1, 2, 3, 4, 5, 6, 7, 1, 2])
        # The number is noted with a good result only.
        self.assertEqual(integrity.next_part({"part": 3, "problem": "pack 1a is damaged"}, 7), 4)


if __name__ == "__main__":
    unittest.main()
