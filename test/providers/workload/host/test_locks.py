"""Whose turn it is on a host: real locks of the kernel's, held by threads of this process and by another one."""

import contextlib
import fcntl
import io
import os
import signal
import threading
import types
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import python

import locks
import paths
import places
import retention
import scheduled
import settle
import transaction
import turn
from errors import Refused

# For what has to happen: only a test that fails waits for so long.
PATIENCE_SECONDS = 10


def held():
    """Names of the locks that somebody holds."""
    return {path.name for path in paths.LOCKS.glob("*") if not _is_free(path)}


def _is_free(path):
    with open(path, "rb") as file, contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


class Turns(unittest.TestCase):
    """Transactions, each in a thread of its workload's name. At its turn one goes on when it is told to, and is then refused."""

    def setUp(self):
        self.changed = threading.Condition()
        self.asked, self.working, self.together, self.told = set(), set(), [], set()
        self.threads = []
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.addCleanup(self.end, "data-a", "data-b", "plain-a", "plain-b")
        stack.enter_context(mock.patch.object(settle, "leftover", self.work))
        stack.enter_context(mock.patch.object(transaction, "saves_data", lambda workload, _: workload.startswith("data")))
        stack.enter_context(mock.patch.object(locks, "_open", self.asking(locks._open)))

    def asking(self, opened):
        """Notes who is about to wait for which lock."""

        def ask(name):
            with self.changed:
                self.asked.add((threading.current_thread().name, name))
                self.changed.notify_all()
            return opened(name)

        return ask

    def work(self, workload):
        with self.changed:
            self.working.add(workload)
            self.together.append(set(self.working))
            self.changed.notify_all()
            self.changed.wait_for(lambda: workload in self.told, PATIENCE_SECONDS)
            self.working.remove(workload)
        raise Refused("this was only to see whose turn it is")

    def begin(self, workload):
        self.threads.append(threading.Thread(target=transaction.run, args=(workload, "t"), name=workload, daemon=True))
        self.threads[-1].start()

    def eventually(self, what, holds):
        with self.changed:
            self.assertTrue(self.changed.wait_for(holds, PATIENCE_SECONDS), f"never: {what}")

    def end(self, *workloads):
        with self.changed:
            self.told |= set(workloads)
            self.changed.notify_all()
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)

    def test_two_transactions_run_at_a_time_one_of_them_with_a_backup_and_who_waits_for_that_keeps_no_place(self):
        self.begin("data-a")
        self.eventually("data-a runs", lambda: self.working == {"data-a"})
        self.begin("data-b")
        self.eventually("data-b waits for the repository", lambda: ("data-b", "repository") in self.asked)
        self.begin("plain-a")
        self.eventually("plain-a runs beside data-a", lambda: self.working == {"data-a", "plain-a"})
        self.begin("plain-b")
        self.eventually("plain-b waits for a place", lambda: ("plain-b", "queue") in self.asked)
        self.assertIsNone(locks._first_free(), "there is a third place")
        self.end("data-a", "data-b", "plain-a", "plain-b")
        self.assertEqual(set().union(*self.together), {"data-a", "data-b", "plain-a", "plain-b"})
        self.assertLessEqual(max(map(len, self.together)), 2)
        self.assertFalse([names for names in self.together if {"data-a", "data-b"} <= names])
        self.assertEqual(held(), set())


class Shared(unittest.TestCase):
    def during(self, job):
        """The locks that are held while a job does the first thing that needs its turn."""
        seen = []

        def stop(*_):
            seen.append(held())
            raise Refused("this was only to see what is held")

        with (
            mock.patch.object(settle, "leftover", stop),
            mock.patch.object(places, "exists", stop),
            mock.patch.object(transaction, "saves_data", lambda workload, _: workload == "data"),
            contextlib.suppress(Refused),
        ):
            job()
        return sorted(*seen)

    def test_timers_and_transactions_wait_for_the_same_locks(self):
        local, elsewhere = types.SimpleNamespace(name=places.LOCAL), types.SimpleNamespace(name="starbuck")
        with contextlib.redirect_stderr(io.StringIO()):
            for job, expected in (
                (lambda: transaction.run("data", "t"), ["repository", "slot-0", "workload-data"]),
                (lambda: transaction.run("app", "t"), ["slot-0", "workload-app"]),
                (lambda: scheduled.save("data"), ["repository", "slot-0", "workload-data"]),
                (lambda: turn.run("app", ["true"]), ["slot-0", "workload-app"]),
                (lambda: retention.thin_out_there(local), ["maintenance", "repository"]),
                # What lies elsewhere keeps no upgrade waiting.
                (lambda: retention.thin_out_there(elsewhere), ["maintenance"]),
            ):
                self.assertEqual(self.during(job), expected)

    def test_who_is_killed_gives_its_locks_free_also_where_its_child_lives_on(self):
        program = """
import subprocess, time, locks
with locks.repository(), locks.slot():
    print(subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False).pid, flush=True)
    time.sleep(60)
"""
        with python(program) as holder:
            child = int(holder.stdout.readline())
            self.addCleanup(os.kill, child, signal.SIGKILL)
            self.assertEqual(held(), {"repository", "slot-0"})
            holder.kill()
        self.assertEqual(held(), set())


if __name__ == "__main__":
    unittest.main()
