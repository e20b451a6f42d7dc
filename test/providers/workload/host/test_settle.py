"""What is not settled here and now: a Pi that goes down, and what somebody put on a network by hand."""

import contextlib
import types
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import NETWORK, Clean, parsed

import back
import change
import images
import journal as journals
import networks
import podman
import records
import removal
import service
import settle
import staging
import systemd
import transaction
from errors import Failure, HostFailure


class GoingDown(Clean):
    """systemd starts nothing any more."""

    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.object(systemd, "is_stopping", lambda: True))

    def test_leaves_all_to_the_next_boot(self):
        started = self.begin()
        with mock.patch.object(settle, "by_journal", side_effect=AssertionError):
            self.assertEqual(settle.settle("app"), 0)
        self.assertEqual(journals.open_workloads(), ["app"])
        started.finish()

    def test_is_no_reason_to_blame_anybody(self):
        def cut_off(_):
            raise Failure("app did not start.")

        def prepare(*_):
            return self.begin()

        staging.stage(parsed(), "t1")
        with (
            mock.patch.object(transaction, "prepare", prepare),
            mock.patch.dict(change.PERFORM, restart=cut_off),
            mock.patch.object(settle, "by_journal", side_effect=AssertionError),
        ):
            self.assertEqual(transaction.run("app", "t1"), 0)
        kept = journals.load("app")
        self.assertIsNone(records.last_outcome("app"))
        self.assertEqual(kept.failure()["message"], journals.INTERRUPTED)
        kept.finish()

    def test_ends_what_cannot_be_settled_any_more_without_a_word(self):
        started = self.begin()
        with mock.patch.object(back, "undo", side_effect=Failure("app did not start.")):
            self.assertFalse(settle.by_journal(started))
        self.assertIsNone(records.last_outcome("app"))
        started.finish()


class Shared(Clean):
    """A network of ours that somebody has put another container on."""

    THEIRS = {"Names": ["sniffer"], "Networks": ["app"], "Labels": None}
    OURS = {"Names": ["app"], "Networks": ["app"], "Labels": {podman.LABEL: "app"}}

    def test_is_found_before_anything_is_stopped(self):
        with mock.patch.object(podman, "containers", return_value=[self.OURS, {**self.THEIRS, "Networks": ["podman"]}]):
            networks.check_alone("app", ["app"])
        with mock.patch.object(podman, "containers", return_value=[self.OURS, self.THEIRS]):
            networks.check_alone("app", [])
            self.assertRaisesRegex(Failure, "sniffer, which is not ours, is on it. Nothing was", networks.check_alone, "app", ["app"])

    def test_does_not_keep_the_old_version_down(self):
        started = self.begin()
        for phase in ("staged", "stopping", "stopped", "switched"):
            started.enter(phase)
        with contextlib.ExitStack() as stack:
            for module, names in {
                back.service: ("stop",),
                back.systemd: ("daemon_reload",),
                back.networks: ("differing", "dropped"),
                back.data: ("put_back",),
                back.tree: ("sweep",),
            }.items():
                stack.enter_context(mock.patch.multiple(module, **{name: mock.MagicMock() for name in names}))
            stack.enter_context(mock.patch.object(back.units, "present", return_value={"app.network": NETWORK}))
            stack.enter_context(mock.patch.object(back.units, "drop_trial", return_value=True))
            stack.enter_context(mock.patch.object(back.networks, "remove", side_effect=podman.InUse("network is being used")))
            start = stack.enter_context(mock.patch.object(service, "start"))
            back.undo_change(started)
        start.assert_called_once_with("app")
        started.finish()

    def test_stays_where_the_workload_goes_and_somebody_hears_of_it(self):
        with mock.patch.object(networks, "remove", side_effect=[None, podman.InUse("network is being used")]):
            (note,) = removal.remove_networks("app", ["other", "app"])
        self.assertIn("podman network rm app", note)

    def test_is_known_by_what_podman_says(self):
        said = 'Error: "app" has associated containers with it. Use -f to forcibly delete containers and pods: network is being used'
        with mock.patch.object(podman.commands, "run", lambda *_: podman.commands.Finished(2, "", said)):
            self.assertRaises(podman.InUse, podman.remove_network, "app")


class Images(Clean):
    def test_that_were_pulled_just_now_are_brought_to_the_disk_and_no_others(self):
        request = parsed()
        of = lambda record: types.SimpleNamespace(request=request, old={"record": record})  # noqa: E731
        other = {**request, "image": "localhost/app@sha256:bb"}
        new = [change.image_is_new(of(record)) for record in (None, {"request": other}, {"request": request})]
        self.assertEqual(new, [True, True, False])
        with mock.patch.object(images.commands, "run", lambda *_: images.commands.Finished(1, "", "sync: I/O error")):
            self.assertRaisesRegex(HostFailure, "could not be brought to the disk: sync: I/O error", images.bring_to_disk)


if __name__ == "__main__":
    unittest.main()
