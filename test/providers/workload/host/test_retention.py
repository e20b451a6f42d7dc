"""Which backups are kept, and when data of a removed workload may be deleted."""

import contextlib
import io
import os
import unittest

# First: it finds the host's modules.
from fixtures import NOW, Host, snapshot

import files
import paths
import places
import purge
import retention
from errors import Failure


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


if __name__ == "__main__":
    unittest.main()
