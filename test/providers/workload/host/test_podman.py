"""What podman is asked, and how often."""

import unittest
from unittest import mock

from fixtures import Clean

import change
import commands
import journal as journals
import podman
import reload
import service
from errors import Failure

ANSWERS = {"ps": "[]", "network": '[{"name": "app"}]', "container": '[{"Id": "1"}]', "image": "2\n"}


class Questions(Clean):
    def setUp(self):
        super().setUp()
        self.asked = []
        patch = mock.patch.object(commands, "run", self.answer)
        patch.start()
        self.addCleanup(patch.stop)

    def answer(self, argv, _seconds):
        self.asked.append(argv[1])
        return commands.Finished(0, ANSWERS[argv[1]], "")

    def ask(self):
        return podman.containers(), podman.networks(), podman.container("app"), podman.image_id("app@sha256:aa")

    def test_are_put_once_before_a_change_and_anew_after_it(self):
        with podman.asked_once():
            podman.ask_ahead("app", "app@sha256:aa")
            self.assertEqual(self.ask(), ([], {"app": {"name": "app"}}, {"Id": "1"}, "2"))
            self.assertEqual(sorted(self.asked), sorted(ANSWERS))
        self.ask()
        self.assertEqual(sorted(self.asked), sorted([*ANSWERS, *ANSWERS]))

    def test_of_another_image_or_container_are_others(self):
        with podman.asked_once():
            for name in ("app", "other"):
                podman.container(name)
                podman.image_id(name)
        self.assertEqual(self.asked, ["container", "image"] * 2)

    def test_that_cannot_be_answered_fail_where_they_are_asked(self):
        with (
            mock.patch.object(commands, "run", lambda *_: commands.Finished(125, "", "no room")),
            podman.asked_once(),
        ):
            podman.ask_ahead("app", "app@sha256:aa")
            for question in (podman.containers, podman.networks, lambda: podman.container("app")):
                self.assertRaisesRegex(Failure, "no room", question)
            self.assertIsNone(podman.image_id("app@sha256:aa"))


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


class Running(unittest.TestCase):
    def test_a_program_is_waited_for_to_its_end_and_no_longer_than_its_limit(self):
        self.assertEqual(commands.run(["sh", "-c", "sleep 0.1; echo done; exit 3"], 30)[:2], (3, "done\n"))
        self.assertEqual(commands.run(["sleep", "60"], 0.1).code, commands.TIMED_OUT)


if __name__ == "__main__":
    unittest.main()
