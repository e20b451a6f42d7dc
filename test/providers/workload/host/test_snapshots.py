"""Where snapshots are looked for, which of them is the newest, and which is none."""

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

# First: it finds the host's modules.
from fixtures import DAY, NOW, ROOT, Host, python, snapshot

import copies
import data
import data_folders
import files
import journal
import places
import restic
import restore
import results
import retention
import snapshots
import transaction
import unproven
from errors import Failure, Refused


class Newest(Host):
    def found(self):
        newest = snapshots.newest("app")
        return newest.place, newest.snapshot.id

    def test_of_this_host_goes_before_all_others_which_are_not_even_asked(self):
        self.there = {"local": [snapshot("a"), snapshot("b")], "starbuck": Failure("off"), "remote": Failure("off")}
        self.assertEqual(self.found(), ("local", "b"))

    def test_of_other_places_is_the_youngest(self):
        old, young = snapshot("old", "2026-11-20T00:00:00Z"), snapshot("young", "2026-11-24T00:00:00Z")
        self.there = {"local": None, "starbuck": [old], "remote": [young]}
        self.assertEqual(self.found(), ("remote", "young"))
        self.assertEqual(snapshots.newest("app").silent, ())

    def test_found_in_one_place_may_be_old_while_another_is_silent(self):
        self.has_disk("this disk")
        self.there = {"local": None, "starbuck": Failure("192.168.1.21:8443 does not answer"), "remote": [snapshot("a")]}
        with mock.patch("time.time", return_value=NOW + 5 * DAY):
            with self.assertRaisesRegex(snapshots.Unanswered, "5 days old, in remote.*starbuck: 192.168.1.21:8443 does not answer"):
                snapshots.newest("app")

    def test_of_others_does_not_stand_for_that_of_this_host_which_does_not_answer(self):
        self.there = {"local": Failure("its disk is not mounted"), "starbuck": [snapshot("a")], "remote": None}
        with self.assertRaisesRegex(snapshots.Unanswered, "local: its disk is not mounted"):
            snapshots.newest("app")

    def test_that_may_be_old_is_begun_with_only_if_a_person_says_so_and_the_outcome_says_how_old(self):
        request = {"workload": "app", "backup": {"paths": []}, "restore": None, "restoring": False, "host": "adama", "initialise": False}
        self.there = {"local": None, "starbuck": Failure("off"), "remote": [snapshot("a")]}
        with self.assertRaisesRegex(Refused, "starbuck: off. Bring it back .* shall begin with that one .* homelab:initialise"):
            transaction.begins_with(request, "create")
        begins = transaction.begins_with({**request, "initialise": True}, "create")
        self.assertEqual((begins.place, begins.snapshot.id), ("remote", "a"))
        with mock.patch("time.time", return_value=NOW + 2 * 3600):
            self.assertEqual(begins.words, " It is 3 h old. starbuck did not answer, and may have a younger one.")

    def test_is_nowhere_only_if_everybody_says_so(self):
        self.there = {"local": None, "starbuck": None, "remote": []}
        self.assertIsNone(snapshots.newest("app"))

    def test_is_unknown_if_a_place_does_not_answer(self):
        self.has_disk("another disk")
        self.there["starbuck"] = Failure("192.168.1.21:8443 does not answer: timed out")
        with self.assertRaisesRegex(snapshots.Unanswered, "starbuck: 192.168.1.21:8443 does not answer: timed out"):
            snapshots.newest("app")

    def test_is_nowhere_on_the_disk_that_the_host_came_with_and_that_never_had_a_repository(self):
        self.has_disk("this disk")
        self.there["starbuck"] = Failure("off")
        self.assertIsNone(snapshots.newest("app"))

    def test_is_unknown_on_that_disk_once_its_repository_is_lost(self):
        self.has_disk("this disk")
        places._remember(places.local())
        self.there["starbuck"] = Failure("off")
        with self.assertRaises(snapshots.Unanswered):
            snapshots.newest("app")

    def test_is_no_helper_of_an_upgrade_and_no_snapshot_of_somebody_else(self):
        foreign = restic.Snapshot("x", "2026-11-25T11:30:00Z", "adama", {}, ["/"], 1, 1)
        self.there["local"] = [snapshot("a"), snapshot("b", kind="warm"), foreign]
        self.assertEqual(self.found(), ("local", "a"))


class Everywhere(Host):
    """A snapshot of this host, its copy on starbuck, and older ones that only starbuck and the remote have."""

    def setUp(self):
        super().setUp()
        old, older = snapshot("old-copy", "2026-10-01T00:00:00Z"), snapshot("older-copy", "2026-09-01T00:00:00Z")
        copy = snapshot("copy")._replace(original="here")
        lost = [old._replace(original="lost"), copy]
        self.there = {"local": [snapshot("here", "2026-11-25T12:00:00.5+01:00")], "starbuck": lost, "remote": [older, old._replace(id="again", original="lost")]}

    def show(self, as_json=False):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = restore.show("app", as_json)
        return status, out.getvalue(), err.getvalue()

    def test_each_is_listed_once_with_the_nearest_place_that_has_it(self):
        status, listed, _ = self.show(as_json=True)
        entries = [(entry["id"], entry["place"]) for entry in json.loads(listed)["snapshots"]]
        self.assertEqual((status, entries), (0, [("older-copy", "remote"), ("old-copy", "starbuck"), ("here", "local")]))
        self.assertRegex(self.show()[1], "older-co .* remote .*\nold-copy .* starbuck .*\nhere  2026-11-25 11:00 UTC  .* local ")

    def test_a_place_that_does_not_answer_is_named_and_an_error_only_if_nothing_was_found(self):
        self.there["remote"] = Failure("it is off")
        self.assertEqual(json.loads(self.show(as_json=True)[1])["silent"], ["remote does not answer, and may have more: it is off"])
        status, listed, _ = self.show()
        self.assertEqual((status, listed.splitlines()[-1]), (0, "remote does not answer, and may have more: it is off"))
        self.there |= {"local": None, "starbuck": []}
        status, listed, said = self.show()
        self.assertEqual((status, listed), (1, ""))
        self.assertIn("remote does not answer", said)

    def test_one_is_found_by_its_name_here_or_there_and_this_host_is_asked_first(self):
        for name, wanted in {"here": ("local", "here"), "copy": ("starbuck", "copy"), "lost": ("starbuck", "old-copy")}.items():
            place, found = snapshots.holder("app", name)
            self.assertEqual((place.name, found.id), wanted)
        self.assertEqual(snapshots.holder("app", "lost", "remote")[0].name, "remote")
        self.there["remote"] = Failure("it is off")
        with self.assertRaisesRegex(Failure, "no snapshot elsewher of app in any place.*remote: it is off"):
            snapshots.holder("app", "elsewhere")

    def test_data_comes_from_the_place_that_has_it(self):
        came = []
        with mock.patch.object(restic, "restore", lambda place, identifier, *_, **__: came.append((place.name, identifier))):
            with contextlib.redirect_stdout(None):
                self.assertEqual(restore.write_to("app", "lost", str(ROOT / "beside")), 0)
            self.assertIsNone(results.load()["restore"]["app"]["problem"])
            # A name that is mistyped says nothing about the backups.
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(restore.write_to("app", "nowhere", str(ROOT / "elsewhere")), 1)
            self.assertIn("no snapshot nowhere of app", said.getvalue())
            self.assertIsNone(results.load()["restore"]["app"]["problem"])
        with mock.patch.object(restic, "restore", side_effect=Failure("pack 1a is damaged")):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(restore.write_to("app", "lost", str(ROOT / "damaged")), 1)
            self.assertEqual(results.load()["restore"]["app"]["problem"], "pack 1a is damaged")
        with mock.patch.object(restic, "restore", lambda place, identifier, *_, **__: came.append((place.name, identifier))):
            with tempfile.TemporaryDirectory() as folder:
                begun = journal.Journal(Path(folder), {"workload": "app", "transaction": "t", "action": "restart", "request": {}, "old": {}})
                begun.facts["data"] = {"restore": ("local", "older-copy"), "save": False}
                with mock.patch.object(data_folders, "_sync"):
                    data.prepare(begun)
                self.assertEqual(begun.noted("restored")["from"], "remote")
        self.assertEqual(came, [("starbuck", "old-copy"), ("remote", "older-copy")])


class Unproven(Host):
    """Of three snapshots the last is half of one: it could not be forgotten, or who took it was killed."""

    def setUp(self):
        super().setUp()
        files.remove_tree(unproven.MARKS)
        with unproven.attempt() as self.mark:
            pass
        state = snapshot("state", of="pulumi-state")
        del state.tags["workload"]
        self.there["local"] = [snapshot("whole", attempt="0" * 16), state, snapshot("half", attempt=self.mark)]
        self.asked = []
        patch = mock.patch.object(restic, "run", lambda repository, words, *_, **__: self.asked.append((repository.name, words)))
        patch.start()
        self.addCleanup(patch.stop)

    def test_is_no_backup_of_anything(self):
        self.assertEqual([found.id for found in places.restorable(places.local())], ["whole"])
        self.assertEqual(snapshots.newest("app").snapshot.id, "whole")
        with self.assertRaisesRegex(Failure, "no snapshot half"):
            snapshots.holder("app", "half")

    def test_is_not_copied(self):
        self.there["starbuck"] = []
        copies.copy("starbuck")
        self.assertEqual(self.asked, [("starbuck", ["copy", "whole", "state"])])

    def test_is_forgotten_before_anything_is_thinned_out_and_its_mark_with_it(self):
        retention.thin_out_there(places.local())
        self.assertEqual(self.asked[0], ("local", ["forget", "half"]))
        self.assertEqual(unproven.names(), set())

    def test_is_also_what_somebody_is_just_taking_which_is_nobody_elses_to_forget(self):
        with unproven.attempt() as mark:
            self.there["local"] = [snapshot("coming", attempt=mark)]
            self.assertEqual(places.restorable(places.local()), [])
            retention.thin_out_there(places.local())
            self.assertNotIn(("local", ["forget", "coming"]), self.asked)
            self.assertEqual(unproven.names(), {mark})

    def test_is_what_somebody_took_who_was_killed(self):
        program = "import sys, unproven\nwith unproven.attempt() as mark:\n print(mark, flush=True)\n sys.stdin.read()"
        with python(program, stdin=subprocess.PIPE) as busy:
            mark = busy.stdout.readline().strip()
            self.assertEqual(unproven.left(), {self.mark})
            busy.kill()
        self.assertEqual(unproven.left(), {self.mark, mark})


if __name__ == "__main__":
    unittest.main()
