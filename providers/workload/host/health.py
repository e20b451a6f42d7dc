"""Asks applications whether they work: the same command for the gate, for reading and for the timer."""

import concurrent.futures
import json
from pathlib import Path
from typing import NamedTuple

import commands
import files
import records

# The command has its own limit; this much more is for starting it. Then it is killed: a health check may hang.
STARTING_SECONDS = 2
AT_ONCE = 16


class Answer(NamedTuple):
    healthy: bool
    text: str


def ask(health):
    """One question, by the `health` of a request."""
    done = commands.run(health["command"], health["attemptSeconds"] + STARTING_SECONDS)
    return Answer(done.ok, "healthy" if done.ok else done.reason())


def ask_all():
    """Asks every confirmed workload, several at a time: answers by name."""
    found = records.all_confirmed()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda record: ask(record["request"]["health"]), found.values())
        return dict(zip(found, answers, strict=True))


def main(arguments):
    """`health <workload>`, or `health --all`, with `--json`, or `--metrics <file>` for node_exporter's textfile collector."""
    if arguments[:1] == ["--all"]:
        answers = ask_all()
    else:
        record = records.confirmed(arguments[0])
        if record is None:
            print(f"{arguments[0]} is not known here")
            return 1
        answers = {arguments[0]: ask(record["request"]["health"])}
    if "--json" in arguments:
        print(json.dumps({name: answer._asdict() for name, answer in answers.items()}))
        return 0
    if "--metrics" in arguments:
        write_metrics(Path(arguments[arguments.index("--metrics") + 1]), answers)
        return 0
    for name, answer in answers.items():
        print(f"{name}: {answer.text}")
    return 0 if all(answer.healthy for answer in answers.values()) else 1


def write_metrics(path, answers):
    """One gauge per workload, replaced in one step: node_exporter never reads half a file."""
    lines = [
        "# HELP homelab_workload_healthy Whether the application answered the host's health check.",
        "# TYPE homelab_workload_healthy gauge",
        *(f'homelab_workload_healthy{{workload="{name}"}} {int(answer.healthy)}' for name, answer in sorted(answers.items())),
    ]
    files.make_directory(path.parent, 0o755)
    files.write(path, "\n".join(lines) + "\n", 0o644)
