"""Where backups are looked for, which are kept, and what is said of them: the decisions, without restic.

What restic answers is played by a program in its place.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(tempfile.mkdtemp(prefix="homelab-backup-"))
os.environ["HOMELAB_ROOT"] = str(ROOT)
sys.path.insert(0, os.environ["HOST_PROGRAM"])
sys.dont_write_bytecode = True

import backup  # noqa: E402
import consistent  # noqa: E402
import copies  # noqa: E402
import data  # noqa: E402
import data_folders  # noqa: E402
import dumps  # noqa: E402
import files  # noqa: E402
import integrity  # noqa: E402
import journal  # noqa: E402
import paths  # noqa: E402
import places  # noqa: E402
import purge  # noqa: E402
import restic  # noqa: E402
import restore  # noqa: E402
import results  # noqa: E402
import retention  # noqa: E402
import room  # noqa: E402
import settings  # noqa: E402
import snapshots  # noqa: E402
import transaction  # noqa: E402
import unproven  # noqa: E402
from errors import Failure, Refused  # noqa: E402

DAY = 86400
NOW = places.seconds("2026-11-25T12:00:00.123456789Z")


def snapshot(identifier, time="2026-11-25T11:00:00.5Z", **tags):
    tags = {"workload": "app", "kind": "hot", "retention": "state", **tags}
    return restic.Snapshot(identifier, time, "adama", tags, [str(paths.DATA / "app/data")], 1, 100)


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
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(restore.write_to("app", "nowhere", str(ROOT / "beside")), 1)
            self.assertIn("no snapshot nowhere of app", results.load()["restore"]["app"]["problem"])
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
        environment = {**os.environ, "PYTHONPATH": os.environ["HOST_PROGRAM"]}
        words = [sys.executable, "-B", "-c", program]
        with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as busy:
            mark = busy.stdout.readline().strip()
            self.assertEqual(unproven.left(), {self.mark})
            busy.kill()
        self.assertEqual(unproven.left(), {self.mark, mark})


class Dumps(unittest.TestCase):
    """A database that is dumped while it serves, and loaded into an empty one. `podman` notes what it is asked, and what it is fed."""

    HOW = {"kind": "dump", "command": ["pg_dump"], "load": ["psql"], "path": "/db", "file": "app.sql", "leastBytes": 4}

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(dir=ROOT))
        script = self.folder / "podman"
        script.write_text(f'#!/bin/sh\necho "$@" >>{self.folder}/asked\ncat >>{self.folder}/fed\necho rows\necho why >&2\nexit $STATUS\n')
        script.chmod(0o755)
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(mock.patch.dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}", STATUS="0"))
        self.came = []
        stack.enter_context(mock.patch.object(restic, "restore", self.restore))
        stack.enter_context(mock.patch.object(restic, "backup", lambda there, host, sources, *_, **__: sources))
        stack.enter_context(mock.patch.object(data_folders, "_sync"))
        files.remove_tree(dumps.folder("app"))
        self.addCleanup(files.remove_tree, paths.DATA)

    def restore(self, repository, identifier, folder, target, *_, **__):
        self.came.append(folder)
        (Path(target) / "app.sql").write_text("rows")

    def journal(self, **how):
        request = {"workload": "app", "backup": {"paths": [str(paths.DATA / "app/db")], "hot": {**self.HOW, **how}}}
        facts = {"workload": "app", "transaction": "t", "action": "create", "request": request, "old": {}}
        path = Path(tempfile.mkdtemp(dir=ROOT))
        return journal.Journal(path, facts)

    def taken(self, kind, *folders):
        return snapshot("a" * 64, kind=kind)._replace(paths=[*map(str, folders)])

    def test_its_exit_status_counts_and_its_size(self):
        dumps.write("app", self.HOW)
        self.assertEqual((dumps.folder("app") / "app.sql").read_text(), "rows\n")
        with self.assertRaisesRegex(Failure, "only 5 bytes, 6 are the least"):
            dumps.write("app", {**self.HOW, "leastBytes": 6})
        with mock.patch.dict(os.environ, STATUS="3"), self.assertRaisesRegex(Failure, "exit status 3"):
            dumps.write("app", self.HOW)
        self.assertEqual([path.name for path in dumps.folder("app").iterdir()], ["app.sql"])

    def test_a_snapshot_that_has_no_more_is_restored_as_an_empty_volume_into_which_it_is_loaded(self):
        begun, hot = self.journal(), self.taken("hot", dumps.folder("app"))
        begun.facts["data"] = {"restore": ("local", hot.id), "save": False}
        with mock.patch.object(snapshots, "holder", lambda *_: (restic.Repository("/r", "/p"), hot)):
            data.prepare(begun)
        self.assertEqual(self.came, [str(dumps.folder("app"))])
        self.assertEqual(list(data_folders.of(begun).instead.iterdir()), [])
        self.assertTrue(dumps.load(begun))
        self.assertEqual((self.folder / "asked").read_text(), "exec --interactive app psql\n")
        self.assertEqual((self.folder / "fed").read_text(), "rows")

    def test_one_that_was_not_loaded_confirms_nothing(self):
        begun = self.journal()
        dumps.fetch(begun, None, self.taken("hot", dumps.folder("app")))
        with mock.patch.dict(os.environ, STATUS="3"), self.assertRaisesRegex(dumps.NotLoaded, "did not take the dump .*exit status 3") as failed:
            dumps.load(begun)
        self.assertEqual(failed.exception.log, ["why"])

    def test_one_that_nobody_can_load_is_told_before_anything_is_touched(self):
        with self.assertRaisesRegex(Failure, "does not say how one is loaded"):
            dumps.fetch(self.journal(load=None), None, self.taken("hot", dumps.folder("app")))

    def test_files_of_a_stopped_database_are_not_loaded_over(self):
        begun = self.journal()
        dumps.fetch(begun, None, self.taken("cold", paths.DATA / "app/db", dumps.folder("app")))
        self.assertFalse(dumps.load(begun))
        self.assertEqual(self.came, [])

    def test_cold_is_whole_where_no_dump_was_ever_made(self):
        request = self.journal().request
        with mock.patch.object(backup, "_host", lambda: "adama"):
            self.assertEqual(backup.cold(None, request, {}, None), request["backup"]["paths"])
            dumps.write("app", self.HOW)
            self.assertEqual(backup.cold(None, request, {}, None), [*request["backup"]["paths"], dumps.folder("app")])

    def test_into_a_folder_comes_the_dump(self):
        with mock.patch.object(snapshots, "holder", lambda *_: (None, self.taken("hot", dumps.folder("app")))):
            with contextlib.redirect_stdout(None):
                self.assertEqual(restore.write_to("app", "a" * 8, str(self.folder / "beside")), 0)
        self.assertEqual((self.folder / "beside/dump/app.sql").read_text(), "rows")


class Prometheus(unittest.TestCase):
    def test_a_snapshot_that_was_left_by_who_was_killed_goes_before_the_next_is_asked_for(self):
        folder = Path(tempfile.mkdtemp(dir=ROOT))
        elsewhere = Path(tempfile.mkdtemp(dir=ROOT))
        (elsewhere / "kept").mkdir()
        (folder / "snapshots/left/01AB").mkdir(parents=True)
        os.symlink(elsewhere, folder / "snapshots/link")
        script = f"mkdir {folder}/snapshots/new && echo '{json.dumps({'data': {'name': 'new'}})}'"
        recipe = {"hot": {"kind": "prometheus", "command": ["sh", "-c", script], "path": str(folder)}}
        with consistent.view("prometheus", recipe) as view:
            self.assertEqual(view["mounts"], [(folder / "snapshots/new", str(folder))])
            self.assertEqual(sorted(os.listdir(folder / "snapshots")), ["link", "new"])
        self.assertEqual((os.listdir(folder / "snapshots"), os.listdir(elsewhere)), (["link"], ["kept"]))


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


class Kept(unittest.TestCase):
    def test_by_class(self):
        for retention_class, words in retention.KEPT.items():
            given = retention.arguments("app", [snapshot("a", retention=retention_class)], NOW)
            self.assertEqual(given[: 2 + 2 * len(places.RESTORABLE)][:4], ["--group-by", "", "--tag", "workload=app,kind=hot"])
            self.assertEqual(given[-len(words) :], words)
        self.assertIn("3d", retention.KEPT["database"])
        self.assertTrue(all(word.startswith("--keep-within") for words in retention.KEPT.values() for word in words[::2]))

    def test_an_unknown_class_keeps_the_most(self):
        given = retention.arguments("app", [snapshot("a", retention="treasure")], NOW)
        self.assertEqual(given[-len(retention.KEPT["configuration"]) :], retention.KEPT["configuration"])

    def test_rollback_points_are_kept_until_their_successor_proved_good_and_the_last_one_always(self):
        def point(name, time):
            return snapshot(name, time, kind="cold", transaction=name)

        aged = [point("first", "2026-01-01T00:00:00Z"), point("second", "2026-02-01T00:00:00Z")]
        self.assertEqual(retention.rollback_points([*aged, snapshot("hot")], NOW), ["second"])
        young = point("third", "2026-11-20T00:00:00Z")
        self.assertEqual(retention.rollback_points([*aged, young, point("fourth", "2026-11-24T00:00:00Z")], NOW), ["fourth", "third"])
        words = retention.arguments("app", aged, NOW)
        self.assertEqual(words[-2:], ["--keep-tag", "transaction=second"])

    def test_an_upgrade_that_failed_does_not_take_the_place_of_the_last_that_came_up(self):
        def point(name, time, before, to):
            return snapshot(name, time, kind="cold", transaction=name, image=before, **{"from": before, "to": to})

        first = point("first", "2026-01-01T00:00:00Z", "v1", "v2")
        second = point("second", "2026-02-01T00:00:00Z", "v2", "v3")
        failed = point("failed", "2026-03-01T00:00:00Z", "v3", "v4")
        again = point("again", "2026-04-01T00:00:00Z", "v3", "v4")
        served = snapshot("hot", "2026-05-01T00:00:00Z", image="v3")
        self.assertEqual(retention.rollback_points([first, second, failed, again, served], NOW), ["again", "second"])
        last = snapshot("last", "2026-06-01T00:00:00Z", kind="last", transaction="last", image="v3")
        self.assertEqual(retention.rollback_points([first, second, failed, last], NOW), ["last", "second"])


class Checks(unittest.TestCase):
    def test_go_round_all_parts_and_stay_at_one_that_was_bad(self):
        parts, kept = [], {}
        for _ in range(9):
            kept = {"part": integrity.next_part(kept, 7)}
            parts.append(kept["part"])
        self.assertEqual(parts, [1, 2, 3, 4, 5, 6, 7, 1, 2])
        # The number is noted with a good result only.
        self.assertEqual(integrity.next_part({"part": 3, "problem": "pack 1a is damaged"}, 7), 4)


class Purged(Host):
    """Data of a workload that was removed, written to at a certain time."""

    def setUp(self):
        super().setUp()
        files.remove_tree(paths.DATA)
        files.make_directory(paths.DATA / "app/data", 0o755)
        (paths.DATA / "app/data/rows").write_text("one")
        for path in (paths.DATA / "app").rglob("*"):
            os.utime(path, (NOW, NOW))

    def purge(self, **options):
        """What it says, if it refuses; the data is there then, and only then."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(None):
            status = purge.purge("app", **options)
        self.assertEqual((paths.DATA / "app").exists(), status == 1)
        return said.getvalue()

    def test_is_what_its_last_snapshot_has(self):
        self.there["local"] = [snapshot("old", "2026-11-20T00:00:00Z"), snapshot("last", "2026-11-25T12:00:00.7Z", kind="last")]
        self.assertEqual(self.purge(), "")

    def test_is_not_what_was_written_after_it_nor_what_has_none_unless_a_person_says_so(self):
        self.there["local"] = [snapshot("5e1f", "2026-11-25T11:59:59Z")]
        self.assertRegex(self.purge(), "the last snapshot of app, 5e1f, is of 2026-11-25 11:59 UTC, .* until 2026-11-25 12:00 UTC.*--without-backup")
        self.there["local"] = [snapshot("warm", "2026-11-25T12:00:01Z", kind="warm")]
        self.there["remote"] = Failure("off")
        self.assertRegex(self.purge(), "there is no snapshot of app.*--without-backup\nremote, .* does not answer: off")
        self.assertEqual(self.purge(without_backup=True), "")

    def test_may_have_its_last_snapshot_in_another_place(self):
        self.there["starbuck"] = [snapshot("last", "2026-11-25T12:00:00.7Z", kind="last")]
        self.assertEqual(self.purge(), "")


class Results(Host):
    def test_become_metrics(self):
        with contextlib.redirect_stdout(None):
            self.assertTrue(results.job("copy", "starbuck", lambda: None))
            self.assertFalse(results.job("check", "local", self.fail_with(Failure("pack 1a is damaged"))))
        with results.noted("backup", "app") as numbers:
            numbers["bytes"] = 1234
        results.newest("local", {"app": 1000, "gone": 1})
        text = files.text(results.METRICS)
        for line in (
            'homelab_copy_success{place="starbuck"} 1',
            'homelab_check_success{place="local"} 0',
            'homelab_check_last_success_timestamp_seconds{place="local"} 0',
            'homelab_backup_success{workload="app"} 1',
            'homelab_backup_size_bytes{workload="app"} 1234',
            'homelab_backup_newest_timestamp_seconds{place="local",workload="app"} 1000',
            'homelab_backup_interval_seconds{workload="app"} 1800',
        ):
            self.assertIn(f"{line}\n", text)
        self.assertNotIn("gone", text)
        self.assertEqual(oct(results.METRICS.stat().st_mode & 0o777), "0o644")

    def test_a_failure_keeps_when_it_went_well_last(self):
        with results.noted("backup", "app"):
            pass
        good = results.load()["backup"]["app"]["lastGood"]
        with self.assertRaises(Failure), results.noted("backup", "app"):
            raise Failure("the repository is locked")
        kept = results.load()["backup"]["app"]
        self.assertEqual((kept["problem"], kept["lastGood"]), ("the repository is locked", good))

    def test_what_is_broken_on_the_disk_begins_anew(self):
        files.make_directory(results.KEPT.parent)
        files.write(results.KEPT, "{")
        with results.noted("backup", "app"):
            pass
        self.assertIsNone(results.load()["backup"]["app"]["problem"])

    def test_places_that_do_not_answer_are_named_to_who_made_a_restore_point(self):
        self.assertEqual(copies.note(), "")
        with contextlib.redirect_stdout(None):
            results.job("copy", "starbuck", self.fail_with(Failure("off")))
        self.assertIn("Copies to starbuck fail", copies.note())
        self.declare(places=[])
        self.assertEqual(copies.note(), "")

    def test_a_copy_to_a_place_that_there_is_not_is_refused(self):
        with self.assertRaises(Refused):
            copies.copy("galactica")

    @staticmethod
    def fail_with(error):
        def work():
            raise error

        return work


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


class Restic(unittest.TestCase):
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


if __name__ == "__main__":
    unittest.main()
