"""Units on the disk, and which changes of them need no start."""

import os
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import CONTAINER, NETWORK, Clean

import files
import following
import paths
import units


class Units(Clean):
    def test_keys_are_found_in_their_section_continued_lines_joined(self):
        self.assertEqual(units.value(CONTAINER, "Container", "PodmanArgs"), "--memory=1m    --cpus=1")
        self.assertEqual(units.value(CONTAINER, "Service", "PodmanArgs"), "")
        self.assertEqual(units.networks({"app.network": NETWORK}), {"app": "10.1.0.0/28"})
        self.assertEqual(units.published({"app.container": CONTAINER}), [("10.0.0.1", 80, "tcp"), ("", 53, "udp")])

    def test_foreign_files_are_not_ours_and_drop_ins_are(self):
        (paths.ETC_UNITS / "app.container").write_text(CONTAINER)
        (paths.ETC_UNITS / "app.network").write_text(NETWORK.replace("# homelab: app", "# mine"))
        (paths.ETC_UNITS / "container.d").mkdir()
        (paths.ETC_UNITS / "container.d/x.conf").touch()
        (paths.ETC_UNITS / "app.container.d").mkdir()
        (paths.ETC_UNITS / "app.container.d/y.conf").write_text("[Container]\n")
        self.assertEqual(list(units.present(paths.ETC_UNITS, "app")), ["app.container", "app.container.d/y.conf"])

    def test_one_that_another_transaction_takes_away_meanwhile_is_nobodys(self):
        (paths.ETC_UNITS / "other.container").write_text(CONTAINER.replace("homelab: app", "homelab: other"))
        with mock.patch.object(files, "text", return_value=None):
            self.assertEqual(units.present(paths.ETC_UNITS, "app"), {})

    def test_a_prepared_unit_is_installed_by_a_rename_and_old_ones_go(self):
        (paths.ETC_UNITS / "app.network").write_text(NETWORK)
        (paths.ETC_UNITS / "app.container.d").mkdir()
        (paths.ETC_UNITS / "app.container.d/y.conf").write_text("")
        units.prepare({"app.container": CONTAINER})
        prepared = os.stat(files.temporary(paths.ETC_UNITS / "app.container")).st_ino
        for _ in range(2):
            units.install({"app.container": CONTAINER}, "app")
            self.assertEqual(units.present(paths.ETC_UNITS, "app"), {"app.container": CONTAINER})
            self.assertEqual(os.listdir(paths.ETC_UNITS), ["app.container"])
            self.assertEqual(os.stat(paths.ETC_UNITS / "app.container").st_ino, prepared)

    def test_a_trial_covers_drop_ins_that_are_no_longer_wanted(self):
        units.put_on_trial({"app.container": CONTAINER}, {"app.container.d/y.conf": "[Container]\n"})
        self.assertEqual((paths.RUN_UNITS / "app.container.d/y.conf").read_text(), "")
        self.assertTrue(units.drop_trial("app"))
        self.assertFalse(units.drop_trial("app"))
        self.assertEqual(os.listdir(paths.RUN_UNITS), [])

    def test_prepared_units_of_others_stay(self):
        units.prepare({"app.container": CONTAINER})
        units.prepare({"other.container": CONTAINER.replace("homelab: app", "homelab: other")})
        units.discard_prepared("app")
        self.assertEqual(os.listdir(paths.ETC_UNITS), [".other.container.homelab-new"])


class Following(unittest.TestCase):
    def follows(self, old, new, text=CONTAINER):
        self.assertIn(old, text)
        return following.can_follow({"app.container": text}, {"app.container": text.replace(old, new)})

    def test_limits_and_what_only_systemd_reads_need_no_start(self):
        text = f"{CONTAINER}PidsLimit=5\n[Unit]\nDescription=a\n[Service]\nRestartSec=1\nEnvironment=A=1\n[Install]\nWantedBy=x\n"
        for old, new in (
            ("--memory=1m", "--memory=2m"),
            ("PidsLimit=5", "PidsLimit=6"),
            ("Description=a", "After=b"),
            ("RestartSec=1", "RestartSec=2\nExecReload=/bin/true"),
            ("WantedBy=x", ""),
            ("# homelab: app\n", "# homelab: app\n# a comment\n\n"),
        ):
            self.assertTrue(self.follows(old, new, text), new)
        for old, new in (
            ("--memory=1m", ""),
            ("--cpus=1", "--cpus=1 --shm-size=1m"),
            ("--cpus=1", "--cpus=%i"),
            ("PidsLimit=5", ""),
            ("PidsLimit=5", "PidsLimit=5\nPodmanArgs="),
            ("Environment=A=1", "Environment=A=2"),
            ("Pull=never", "Pull=missing"),
            ("[Unit]", "[Pod]"),
        ):
            self.assertFalse(self.follows(old, new, text), new)

    def test_another_set_of_units_is_a_start(self):
        both = {"app.container": CONTAINER, "app.network": NETWORK}
        self.assertTrue(following.can_follow(both, {**both, "app.network": f"{NETWORK}[Unit]\nDescription=x\n"}))
        self.assertFalse(following.can_follow(both, {"app.container": CONTAINER}))
        self.assertFalse(following.can_follow({**both, "app.container.d/x.conf": ""}, both))
        self.assertFalse(following.can_follow(both, {**both, "app.network": NETWORK.replace("28", "29")}))


if __name__ == "__main__":
    unittest.main()
