"""What podman is asked, and how often."""

import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import Clean

import commands
import images
import podman
from errors import HostFailure

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
            with podman.asked_ahead("app", "app@sha256:aa"):
                pass
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
            with podman.asked_ahead("app", "app@sha256:aa"):
                pass
            for question in (podman.containers, podman.networks, lambda: podman.container("app"), lambda: podman.image_id("app")):
                self.assertRaisesRegex(HostFailure, "no room", question)

    def test_say_what_is_not_there(self):
        said = "Error: inspecting object: app: image not known"
        with mock.patch.object(commands, "run", lambda *_: commands.Finished(125, "", said)):
            self.assertIsNone(podman.image_id("app"))
        said = 'Error: inspecting object: no such container "app"'
        with mock.patch.object(commands, "run", lambda *_: commands.Finished(125, "", said)):
            self.assertIsNone(podman.container("app"))

    def test_about_an_image_that_went_keep_nobody_from_the_end(self):
        with mock.patch.object(podman, "image_id", side_effect=HostFailure("timed out")):
            self.assertTrue(images._may_be_there("app@sha256:aa"))


if __name__ == "__main__":
    unittest.main()
