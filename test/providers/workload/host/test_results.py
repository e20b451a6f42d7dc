"""What is said of backups: results, metrics and notes."""

import contextlib
import unittest

# First: it finds the host's modules.
from fixtures import Host

import copies
import files
import results
from errors import Failure, Refused


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


if __name__ == "__main__":
    unittest.main()
