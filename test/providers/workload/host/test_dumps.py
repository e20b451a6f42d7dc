"""Databases: what is saved of them while they serve."""

import contextlib
import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

# First: it finds the host's modules.
from fixtures import ROOT, snapshot

import backup
import consistent
import data
import data_folders
import dumps
import files
import journal
import paths
import restic
import restore
import snapshots
from errors import Failure


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


if __name__ == "__main__":
    unittest.main()
