"""What is to become of a workload's data when it is changed or made, decided before anything is stopped."""

import types
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import RECIPE, Clean, WithData, parsed

import data
import data_folders
import data_plan
import files
import paths
import request as requests
import staging
import transaction
from errors import Refused


class Plans(Clean):
    def test_what_needs_a_backup(self):
        request = parsed(backup=RECIPE)
        record = {"request": request}
        other = {**request, "image": "localhost/app@sha256:bb"}
        self.assertIsNone(data_plan.plan(request, record, "restart"))
        self.assertIsNone(data_plan.plan(other, record, "reload"))
        self.assertTrue(data_plan.plan(other, record, "restart")["save"])
        # The recipe goes with the upgrade; or there never was one.
        dropped = data_plan.plan({**other, "backup": None}, record, "restart")
        self.assertEqual((dropped["save"], dropped["recipe"]), (True, RECIPE))
        self.assertIsNone(data_plan.plan({**other, "backup": None}, {"request": {**request, "backup": None}}, "restart"))
        # On a host that lost everything an old restore is none: it begins with the newest snapshot.
        self.assertIsNone(data_plan.plan({**request, "restore": "f" * 8}, None, "create")["restore"])
        self.assertTrue(data_plan.plan({**request, "restore": "f" * 8, "restoring": True}, None, "create")["fresh"])

    def test_a_restore_is_carried_out_when_it_is_asked_for_and_never_again(self):
        request = {**parsed(backup=RECIPE), "restore": "f" * 8}
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
            mock.patch.object(transaction.checks, "before_apply", lambda *_: []),
            mock.patch.object(transaction.service, "state", lambda _: {}),
            mock.patch.object(transaction.observed, "observe", lambda *_: types.SimpleNamespace(record=before)),
            mock.patch.object(transaction.observed, "action", side_effect=AssertionError),
            self.assertRaisesRegex(Refused, "app has no `backup` .*Nothing was stopped.* --snapshot ffffffff --to"),
        ):
            transaction.prepare("app", "t1", True)


class Left(WithData):
    """What lies there although no workload is confirmed that it belongs to."""

    def test_what_a_removed_workload_left_is_saved_before_another_version_gets_it(self):
        request = parsed(backup=RECIPE)
        self.write("app/data/rows", "")
        self.write("app/cache/rows", "cached")
        self.assertIsNone(data_plan.plan(request, None, "create"), "nothing to save is no reason to fail")
        self.write("app/data/rows", "old")
        what = data_plan.plan(request, None, "create")
        self.assertEqual((what["save"], what["fresh"], what["recipe"]), (True, False, RECIPE))
        # Nobody knows which version wrote it, and no version may be taken for it.
        started = self.begin(backup=RECIPE)
        started.facts["data"] = what
        self.assertEqual(data._marks(started, "cold").keys(), {"workload", "kind", "retention", "to", "transaction"})

    def test_a_volume_that_is_new_in_the_file_does_not_keep_what_a_removed_workload_left_from_being_saved(self):
        self.write("app/data/rows", "old")
        recipe = {**RECIPE, "paths": [*RECIPE["paths"], str(paths.DATA / "app/media")]}
        request = parsed(backup=recipe)
        what = data_plan.plan(request, None, "create")
        self.assertEqual((what["save"], what["recipe"]), (True, RECIPE))
        record = {"request": request}
        self.assertEqual(data_plan.recipe_of(request, record), recipe, "who had all of it is asked for all of it")

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


if __name__ == "__main__":
    unittest.main()
