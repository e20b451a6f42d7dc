"""What proves that an application took its new files."""

import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import Clean, parsed

import change
import health
import journal as journals
import podman
import reload
import service


class Told(Clean):
    """An application that was told by a signal that its files are new."""

    def steady(self, metric):
        """How long it is watched after its answer, by whether it says itself that it took them."""
        begun = self.begin(reload={"signal": "SIGHUP", "paths": ["app.conf"], "metric": metric}, validate=None)
        begun.facts |= {"action": "reload", "old": {**begun.old, "link": "1" * 64}}
        waited = mock.Mock()
        with (
            mock.patch.object(change, "lay_down"),
            mock.patch.object(change.files, "switch_link"),
            mock.patch.object(service, "state", return_value={"NRestarts": "0"}),
            mock.patch.object(service, "wait_until_serving", waited),
            mock.patch.object(podman, "signal"),
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


if __name__ == "__main__":
    unittest.main()
