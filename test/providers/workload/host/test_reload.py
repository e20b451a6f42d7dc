"""What proves that an application took its new files."""

import subprocess
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import Clean, parsed

import change
import health
import podman
import reload
import service
from errors import Failure


class Told(Clean):
    """An application that was told by a signal that its files are new."""

    def steady(self, metric, *says):
        """How long it is watched after its answer, by whether it says itself that it took them.

        :param says: the values of its metric, all of which are asked for.
        """
        begun = self.begin(reload={"signal": "SIGHUP", "paths": ["app.conf"], "metric": metric}, validate=None)
        begun.old |= {"process": (0, None), "restarts": 0}
        waited = mock.Mock()
        with (
            mock.patch.object(change, "lay_down"),
            mock.patch.object(change.files, "switch_link"),
            mock.patch.object(service, "wait_until_serving", waited),
            mock.patch.object(service, "tell"),
            mock.patch.object(reload, "load_time", side_effect=says) as asked,
            mock.patch.object(reload, "FIRST_PAUSE_SECONDS", 0),
        ):
            change.in_place(begun)
        self.assertEqual(asked.call_count, len(says))
        begun.finish()
        return waited.call_args.args[2]

    def test_is_watched_for_a_while_unless_it_says_so_itself(self):
        metric = {"name": "loaded", "command": ["true"]}
        self.assertEqual(self.steady(metric, 1.0, 1.0, 2.0), 0)
        self.assertEqual(self.steady(None, None), service.TOLD_SECONDS)

    def test_proves_nothing_by_a_value_of_which_nobody_knows_the_one_before(self):
        self.assertEqual(self.steady({"name": "loaded", "command": ["true"]}, None, 1.0, 1.0, None, 2.0), 0)

    def test_is_not_told_before_it_says_what_it_has_now(self):
        metric = {"name": "loaded", "command": ["true"]}
        with mock.patch.object(service, "PAUSE_SECONDS", 0.01):
            self.assertEqual(self.steady(metric, None, None, None, 1.0, 1.0, 2.0), 0)
            with mock.patch.object(reload, "load_time", return_value=None), mock.patch.object(service, "tell") as told:
                request = parsed(reload={"signal": "SIGHUP", "paths": ["app.conf"], "metric": metric})
                self.assertRaisesRegex(Failure, "app does not say loaded", reload.signal, request, (0, None), None)
        told.assert_not_called()

    def test_is_told_though_it_was_started_anew_meanwhile(self):
        request = parsed(reload={"signal": "SIGHUP", "paths": ["app.conf"], "metric": None})
        with mock.patch.object(podman, "signal") as told:
            self.assertFalse(reload.signal(request, (0, None), None))
        told.assert_called_once_with("app", "SIGHUP")

    def looks(self, restarts):
        """How often systemd is asked about one that answers at once, and that has been started anew so often since the signal."""
        state = mock.Mock(return_value={"ActiveState": "active", "NRestarts": str(restarts), "MainPID": "1", "ExecMainStatus": "0"})
        healthy = mock.Mock(return_value=health.Answer(True, ""))
        with (
            mock.patch.object(service, "state", state),
            mock.patch.object(health, "ask", healthy),
            mock.patch.object(service, "STEADY_SECONDS", 0.01),
        ):
            service.wait_until_serving(parsed(), 0, 0)
        return state.call_count

    def test_and_ended_of_it_is_watched_though_it_answers_again(self):
        self.assertEqual([self.looks(0), self.looks(1)], [1, 2])

    def test_is_told_by_the_signal_and_nobody_who_has_its_id_since(self):
        said = "trap 'echo told; exit' HUP; echo ready; while :; do sleep 0.05; done"
        with subprocess.Popen(["sh", "-c", said], stdout=subprocess.PIPE, text=True) as child:
            self.addCleanup(child.kill)
            self.assertEqual(child.stdout.readline(), "ready\n")
            process = service.first_process({"State": {"Pid": child.pid}})
            for other in ((child.pid, "1"), (0, None), service.first_process(None)):
                self.assertFalse(service.tell(other, "SIGHUP"))
            self.assertTrue(service.tell(process, "SIGHUP"))
            self.assertEqual(child.stdout.read(), "told\n")
        self.assertFalse(service.tell(process, "SIGHUP"))


if __name__ == "__main__":
    unittest.main()
