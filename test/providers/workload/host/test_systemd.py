"""When systemd reads units again, and what that does to a start."""

import contextlib
import time
import types
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import Clean, parsed

import change
import commands
import forward
import health
import paths
import service
import systemd
from errors import Failure


class Reading(Clean):
    def reads(self, action, **now):
        """How often systemd reads all units when such a change is confirmed."""
        state = {"LoadState": "loaded", "SourcePath": str(paths.ETC_UNITS / "app.container"), "NeedDaemonReload": "no", **now}
        with mock.patch.object(service, "state", return_value=state), mock.patch.object(systemd, "daemon_reload") as reload:
            forward.let_systemd_read(types.SimpleNamespace(workload="app", action=action))
        return reload.call_count

    def test_are_read_again_only_where_they_changed(self):
        self.assertEqual([self.reads(action) for action in ("restart", "update", "reload", "none")], [1, 1, 0, 0])

    def test_are_read_again_where_somebody_else_changed_them(self):
        self.assertEqual(self.reads("reload", NeedDaemonReload="yes"), 1)
        self.assertEqual(self.reads("reload", SourcePath=str(paths.RUN_UNITS / "app.container")), 1)


class Down(Clean):
    def test_one_that_was_kept_down_counts_as_systemd_has_it_once_it_is_started(self):
        masked, serves = {"ActiveState": "inactive", "LoadState": "masked"}, {"ActiveState": "active", "LoadState": "loaded"}
        with mock.patch.object(service, "start") as start, mock.patch.object(service, "state", return_value=serves):
            self.assertEqual(forward.start_if_down("app", masked), serves)
            self.assertEqual(forward.start_if_down("app", serves), serves)
        start.assert_called_once_with("app")


class Reloads(Clean):
    """Somebody reloads systemd, and podman, which gets no answer meanwhile, starts no container."""

    DOWN = {"ActiveState": "activating", "NRestarts": "0", "MainPID": "0", "ExecMainStatus": "126", "LoadState": "loaded"}
    UP = {**DOWN, "ActiveState": "active", "MainPID": "1"}

    def wait(self, restarts, reloads):
        """Waits for one that has been restarted so often at each look, and then serves."""
        states = [{**self.DOWN, "NRestarts": str(count)} for count in restarts]
        last = {**self.UP, "NRestarts": str(restarts[-1])}
        with (
            mock.patch.object(service, "state", lambda _: states.pop(0) if states else last),
            mock.patch.object(systemd, "reloaded_since", lambda _: reloads.pop(0)),
            mock.patch.object(service, "PAUSE_SECONDS", 0),
            mock.patch.object(service, "STEADY_SECONDS", 0),
            mock.patch.object(health, "ask", lambda _: health.Answer(True, "")),
        ):
            service.wait_until_serving(parsed(), steady=0)

    def test_tries_that_one_disturbed_do_not_count(self):
        self.wait([1, 3, 5], [True])
        with self.assertRaisesRegex(Failure, "ended by itself 3 times"):
            self.wait([1, 3, 6], [True, False])

    def test_a_try_that_was_on_its_way_at_the_last_of_many_reloads_does_not_count_either(self):
        asked = []
        with mock.patch.object(systemd, "reloaded_since", asked.append), contextlib.suppress(Failure):
            began = time.monotonic()
            with mock.patch.object(service, "state", lambda _: {**self.DOWN, "NRestarts": "3"}):
                service.wait_until_serving(parsed())
        self.assertLess(asked[0], began - 1)

    def test_a_start_that_one_disturbed_is_systemds_to_repeat(self):
        failed = commands.Finished(1, "", "Job for app.service failed")
        for reloaded in (True, False):
            with (
                mock.patch.object(systemd, "start", lambda *_: failed),
                mock.patch.object(service, "state", lambda _: self.DOWN),
                mock.patch.object(systemd, "reloaded_since", lambda _, found=reloaded: found),
                contextlib.nullcontext() if reloaded else self.assertRaisesRegex(Failure, "did not start"),
            ):
                service.start("app")


class Trials(unittest.TestCase):
    def test_systemd_goes_by_the_new_units_while_the_old_version_ends_unless_that_takes_something_from_it(self):
        for old, new, saved, late in ((5, 5, None, False), (5, 20, None, False), (20, 5, None, True), (5, 5, {"save": True, "restore": None}, True)):
            before = {"record": {"request": {"stopSeconds": old}}}
            entry = types.SimpleNamespace(facts={"data": saved}, request={"stopSeconds": new}, old=before)
            self.assertEqual(change.trial_is_late(entry), late)


if __name__ == "__main__":
    unittest.main()
