"""What a host keeps of changes that ended: what serves, what came of it, and which versions are held."""

import contextlib
import io
import subprocess
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import HOMELAB, RECIPE, Clean, parsed

import dumps
import health
import holds
import paths
import records
import removal
import status
import transaction
from errors import Failure, Refused


class Records(Clean):
    def test_previous_is_what_another_version_replaced(self):
        def record(image, files_hash, before):
            return records.next_record({"image": image, "filesHash": files_hash}, "t", before)

        first = record("a", "1", None)
        self.assertEqual(first["previous"], {"image": None, "filesHash": None})
        second = record("b", "1", first)
        self.assertEqual(second["previous"], {"image": "a", "filesHash": None})
        third = record("b", "2", second)
        self.assertEqual(third["previous"], {"image": "a", "filesHash": "1"})
        self.assertEqual(third["images"], ["a", "b"])

    def test_an_outcome_is_kept_where_the_disk_has_no_place_for_it(self):
        paths.OUTCOME.write_text("in the way")
        records.write_outcome(records.outcome("app", "t1", "confirmed", "none", "yes"))
        self.assertEqual(records.last_outcome("app")["message"], "yes")


class Notes(Clean):
    """What a person has to hear of although a change went well."""

    def test_are_part_of_the_message_and_stand_alone(self):
        entry = self.begin()
        records.tell(entry, "confirmed", "app was restarted and serves.", "Its data is that of snapshot 5e1f.")
        told = records.last_outcome("app")
        self.assertEqual(told["message"], "app was restarted and serves. Its data is that of snapshot 5e1f.")
        self.assertEqual(told["notes"], "Its data is that of snapshot 5e1f.")
        records.write_confirmed("app", {"request": parsed(), "time": 0})
        self.assertIn("Its data is that of snapshot 5e1f.", self.status())

    def test_say_that_the_last_backup_failed_and_so_does_the_status_for_as_long_as_the_data_is_there(self):
        entry = self.begin(backup=RECIPE)
        entry.old["record"] = {"request": entry.request}
        with mock.patch.object(removal.backup, "ready", side_effect=Failure("no room")):
            last = removal.last_backup(entry)
        self.assertEqual(last["notes"], "There is no last backup of its data, so nothing of it was deleted: no room")
        records.tell(entry, "confirmed", "app was removed.", last["notes"])
        entry.finish()
        (paths.DATA / "app").mkdir(parents=True)
        self.assertRegex(self.status(), r"data/app \(`homelab purge app`\) There is no last backup of its data.*no room")

    def status(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), mock.patch.object(health, "ask", lambda _: health.Answer(True, "healthy")):
            status.show()
        return said.getvalue()


class Holds(Clean):
    def test_what_is_held_is_refused_until_it_is_released_unless_it_serves(self):
        request = {**parsed(), "host": "adama"}
        holds.check(request)
        holds.hold("app", request["image"], "2", "it was sick.", "t1")
        with self.assertRaisesRegex(Refused, "app 2 is held .*it was sick.*npm run release -- adama app"):
            holds.check(request)
        records.write_confirmed("app", {"request": request})
        holds.check(request)
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(holds.release("app"), 0)
        self.assertEqual(holds.of("app"), {})

    def test_what_a_person_went_back_from_is_named_by_its_tag_although_another_version_serves(self):
        request = parsed()
        left = "localhost/app@sha256:" + "b" * 64
        records.write_confirmed("app", {"request": request})
        holds.hold("app", left, "2", "it was rolled back.", "t1")
        subprocess.run([*HOMELAB, "hold", "app", left, "2", "2 was rolled back to version 12 of the stack."], check=True)
        with self.assertRaisesRegex(Refused, "^app 2 is held .*2 was rolled back to version 12"):
            holds.check({**request, "image": left, "host": "adama"})

    def test_only_a_version_that_ran_and_had_room_is_to_blame(self):
        started = self.begin()
        sick = Failure("app did not become healthy within 6 s: no")
        blamed = lambda error, *said: transaction.is_to_blame(started, error, said)  # noqa: E731
        self.assertFalse(blamed(sick))
        started.enter("starting")
        self.assertTrue(blamed(sick, "migrating from schema 1 to 2"))
        for said in ("write /data/db: No space left on device", "sqlite3.OperationalError: database or disk is full"):
            self.assertFalse(blamed(sick, said, "exiting"), said)
        self.assertFalse(blamed(OSError(28, "No space left on device")))
        self.assertFalse(blamed(dumps.NotLoaded("app did not take the dump of its database")))
        self.assertFalse(blamed(transaction.ResticFailure("the repository is locked", "locked")))
        self.assertFalse(blamed(transaction.HostFailure("podman container inspect app: did not end within 60 s and was killed")))


if __name__ == "__main__":
    unittest.main()
