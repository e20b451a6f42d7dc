"""Programs that are run with a limit."""

import threading
import unittest

# First: it finds the host's modules.
from fixtures import Clean

import commands


class Running(Clean):
    def test_a_program_is_waited_for_to_its_end_and_no_longer_than_its_limit(self):
        self.assertEqual(commands.run(["sh", "-c", "sleep 0.1; echo done; exit 3"], 30)[:2], (3, "done\n"))
        self.assertEqual(commands.run(["sleep", "60"], 0.1).code, commands.TIMED_OUT)

    def test_what_is_begun_when_it_is_unwanted_already_is_killed_at_once(self):
        unwanted = threading.Event()
        unwanted.set()
        with commands.until(unwanted):
            self.assertEqual(commands.run(["sh", "-c", "sleep 0.02"], 30).code, commands.TIMED_OUT)

    def test_what_becomes_unwanted_is_killed(self):
        unwanted = threading.Event()
        threading.Timer(0.1, unwanted.set).start()
        with commands.until(unwanted):
            self.assertEqual(commands.run(["sleep", "60"], 30).code, commands.TIMED_OUT)


if __name__ == "__main__":
    unittest.main()
