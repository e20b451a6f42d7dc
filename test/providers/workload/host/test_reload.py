"""What proves that an application took its new files."""

import subprocess
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import Clean, parsed

import change
import health
import journal as journals
import reload
import service
from errors import Failure


class Told(Clean):
    """An application that was told by a signal that its files are new."""

    def steady(self, metric):
        """How long it is watched after its answer, by whether it says itself that it took them."""
        begun = self.begin(reload={"signal": "SIGHUP", "paths": ["app.conf"], "metric": metric}, validate=None)
        begun.old |= {"process": (0, None), "restarts": 0}
        waited = mock.Mock()
        with (
            mock.patch.object(change, "lay_down"),
            mock.patch.object(change.files, "switch_link"),
            mock.patch.object(service, "wait_until_serving", waited),
            mock.patch.object(service, "tell"),
            mock.patch.object(reload, "load_time", side_effect=[1.0, 2.0]),
        ):
            change.in_place(begun)
        return waited.call_args.args[2]

    def test_is_watched_for_a_while_unless_it_says_so_itself(self):
        self.assertEqual(self.steady({"name": "loaded", "command": ["true"]}), 0)
        journals.set_aside("app")
        self.assertEqual(self.steady(None), service.TOLD_SECONDS)

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
                self.assertRaisesRegex(Failure, "SIGHUP has ended", service.tell, other, "SIGHUP")
            service.tell(process, "SIGHUP")
            self.assertEqual(child.stdout.read(), "told\n")
        self.assertRaisesRegex(Failure, "SIGHUP has ended", service.tell, process, "SIGHUP")


if __name__ == "__main__":
    unittest.main()
