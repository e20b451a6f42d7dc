"""What a host says of its workloads and certificates."""

import json
import time
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import ROOT, Clean, parsed

import certificates
import commands
import files
import health
import journal
import paths
import records


class Health(Clean):
    """What the timer asks while transactions come and go."""

    def said(self, *steps):
        """What is said of `app` when each of its answers comes after something else happened."""
        records.write_confirmed("app", {"request": parsed()})
        asked = iter(steps)

        def answer(_):
            happened, healthy = next(asked)
            happened()
            return health.Answer(healthy, "healthy" if healthy else "no")

        with mock.patch.object(health, "ask", answer):
            return health.ask_between("app").text

    def end(self, transaction):
        return lambda: records.write_outcome(records.outcome("app", transaction, "confirmed", "restart", ""))

    def test_a_bad_answer_counts_only_without_a_transaction(self):
        nothing = lambda: None  # noqa: E731
        self.assertEqual(self.said((nothing, False)), "no")
        self.assertEqual(self.said((self.begin, False)), "in transaction")
        self.assertEqual(self.said(), "in transaction")
        journal.load("app").finish()
        self.assertEqual(self.said((self.end("t2"), False), (nothing, True)), "healthy")
        self.assertEqual(self.said((self.end("t3"), False), (nothing, False)), "no")

    def test_nothing_is_said_of_one_whose_place_is_taken(self):
        entry = self.begin()
        (entry.path / "journal.json").write_text(json.dumps({**entry.facts, "predecessors": ["old"]}))
        self.assertTrue(health.in_transaction("old"))
        (entry.path / "journal.json").write_text("{")
        self.assertEqual(journal.touched(), {"app"})


class Certificates(Clean):
    def make(self, path, days):
        """A certificate below the root that is valid from now on."""
        files.make_directory(path.parent)
        words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -days {days}"
        made = commands.run(["openssl", *words.split(), "-out", path, "-keyout", path.with_suffix(".key")], 30)
        self.assertTrue(made.ok, made.err)

    def told(self):
        """Days until each certificate runs out, by the file in the metrics."""
        health.write_metrics(ROOT / "homelab.prom", {})
        lines = [line.split() for line in (ROOT / "homelab.prom").read_text().splitlines() if not line.startswith("#")]
        return {name: round((int(at) - time.time()) / 86400) for name, at in lines}

    def label(self, path):
        return f'homelab_certificate_expiry_timestamp_seconds{{file="{path}"}}'

    def test_node_exporter_gets_when_each_that_is_in_use_runs_out(self):
        served = paths.CONFIG / "app" / "1" / "tls" / "server.pem"
        copier = paths.ROOT / "etc/homelab/backup/tls/client.pem"
        self.make(served, 10)
        self.make(copier, 20)
        # As restic wants it.
        copier.write_text(copier.read_text() + copier.with_suffix(".key").read_text())
        (served.parent / "ca.pem").write_text("nonsense")
        files.switch_link(paths.current("app"), "1")
        self.make(paths.CONFIG / "app" / "0" / "tls" / "server.pem", 1)
        in_use = paths.current("app") / "tls" / "server.pem"
        self.assertEqual(self.told(), {self.label(in_use): 10, self.label(copier): 20})

    def test_each_is_looked_at_once_until_it_is_another(self):
        files.remove_tree(paths.ROOT / "etc/homelab")
        served = paths.CONFIG / "app" / "1" / "tls" / "server.pem"
        self.make(served, 10)
        files.switch_link(paths.current("app"), "1")
        label = self.label(paths.current("app") / "tls" / "server.pem")
        self.assertEqual(self.told(), {label: 10})
        with mock.patch.object(commands, "run", side_effect=AssertionError):
            self.assertEqual(self.told(), {label: 10})
        self.make(served, 90)
        self.assertEqual(self.told(), {label: 90})
        certificates.KNOWN.write_text("{")
        self.assertEqual(self.told(), {label: 90})


if __name__ == "__main__":
    unittest.main()
