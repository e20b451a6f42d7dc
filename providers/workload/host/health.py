"""Asks applications whether they work: the same command for the gate, for reading and for the timer.

Who asks for all of them waits for nobody. So a workload may be in transaction, down or on trial, and then its answer says
nothing about it: it is neither healthy nor broken.
"""

import json
from pathlib import Path
from typing import NamedTuple

import certificates
import commands
import files
import journal as journals
import records

# The command has its own limit; this much more is for starting it. Then it is killed: a health check may hang.
STARTING_SECONDS = 2
AT_ONCE = 16


class Answer(NamedTuple):
    healthy: bool | None  # None where nothing can be said
    text: str


def ask(health):
    """One question, by the `health` of a request."""
    done = commands.run(health["command"], health["attemptSeconds"] + STARTING_SECONDS)
    return Answer(done.ok, "healthy" if done.ok else done.reason())


def ask_all():
    """Asks every confirmed workload, several at a time: answers by name."""
    from concurrent.futures import ThreadPoolExecutor

    found = records.all_confirmed()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(found, pool.map(ask_between, found), strict=True))


def ask_between(workload):
    """Asks a workload unless it is in transaction. A bad answer counts only if no transaction ran since before the question."""
    while not in_transaction(workload):
        record, outcome = records.confirmed(workload), records.last_outcome(workload)
        if record is None:
            return Answer(None, "is not known here")
        answer = ask(record["request"]["health"])
        if answer.healthy or not in_transaction(workload) and outcome == records.last_outcome(workload):
            return answer
    return Answer(None, "in transaction")


def in_transaction(workload):
    """Whether a transaction that touches it has begun and not ended. One that waits for its turn has touched nothing yet."""
    return workload in journals.touched()


def main(arguments):
    """`health <workload>`, or `health --all`, with `--json`, or `--metrics <file>` for node_exporter's textfile collector."""
    if arguments[:1] == ["--all"]:
        answers = ask_all()
    else:
        if records.confirmed(arguments[0]) is None:
            print(f"{arguments[0]} is not known here")
            return 1
        answers = {arguments[0]: ask_between(arguments[0])}
    if "--json" in arguments:
        print(json.dumps({name: answer._asdict() for name, answer in answers.items()}))
        return 0
    if "--metrics" in arguments:
        write_metrics(Path(arguments[arguments.index("--metrics") + 1]), answers)
        return 0
    for name, answer in answers.items():
        print(f"{name}: {answer.text}")
    return 1 if any(answer.healthy is False for answer in answers.values()) else 0


def write_metrics(path, answers):
    """Gauges, replaced in one step: node_exporter never reads half a file."""
    healthy = {name: answer.healthy for name, answer in answers.items() if answer.healthy is not None}
    busy = {name: answer.healthy is None for name, answer in answers.items()}
    meaning = "Whether the application answered the host's health check; missing while it is in transaction."
    text = gauge("homelab_workload_healthy", meaning, "workload", healthy)
    text += gauge("homelab_workload_in_transaction", "Whether a change of the workload is on its way.", "workload", busy)
    expiries = certificates.expiries()
    text += gauge("homelab_certificate_expiry_timestamp_seconds", "When the certificate in a file runs out.", "file", expiries)
    files.make_directory(path.parent, 0o755)
    files.write(path, text, 0o644)


def gauge(name, meaning, label, values):
    """In Prometheus' text format."""
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
    lines += [f'{name}{{{label}="{key}"}} {int(value)}' for key, value in sorted(values.items())]
    return "".join(f"{line}\n" for line in lines)
