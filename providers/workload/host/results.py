"""What came of backups, copies, checks and restores: kept for people, and as metrics for node_exporter."""

import contextlib
import json
import time

import files
import locks
import paths
import settings
from errors import Failure, Refused

KEPT = paths.BACKUP / "results.json"
METRICS = paths.TEXTFILES / "homelab-backup.prom"

# What each kind of job is about, as the label of its metrics.
LABELS = {"backup": "workload", "restore": "workload", "copy": "place", "check": "place", "forget": "place"}


def record(kind, name, problem, seconds, **numbers):
    """Keeps how a job ended. :param problem: in words, None if it went well. A disk without room loses the note, and nothing else."""
    now = int(time.time())
    with contextlib.suppress(OSError), locks.results():
        kept = load()
        before = kept.setdefault(kind, {}).get(name, {})
        good = now if problem is None else before.get("lastGood", 0)
        kept[kind][name] = {**before, **numbers, "at": now, "seconds": round(seconds, 1), "problem": problem, "lastGood": good}
        _write(kept)


def newest(place, times):
    """Keeps when the newest snapshot of each workload in a place was taken: seconds since 1970 by workload."""
    with contextlib.suppress(OSError), locks.results():
        kept = load()
        kept.setdefault("newest", {}).setdefault(place, {}).update(times)
        _write(kept)


def load():
    """All that is kept; what cannot be read begins anew."""
    try:
        return json.loads(files.text(KEPT) or "{}")
    except ValueError:
        return {}


@contextlib.contextmanager
def noted(kind, name):
    """Times a job and records how it ended. Gives a dictionary for numbers to be kept with it."""
    begun, numbers = time.monotonic(), {}
    try:
        yield numbers
    except Exception as error:
        record(kind, name, str(error), time.monotonic() - begun)
        raise
    record(kind, name, None, time.monotonic() - begun, **numbers)


def job(kind, name, work):
    """Does a job that others follow: its failure is noted, and keeps them from nothing. Returns whether it went well.

    :param work: returns numbers to be kept, or None.
    """
    problem = None
    try:
        with noted(kind, name) as numbers:
            numbers.update(work() or {})
    except (Failure, Refused, OSError) as error:
        problem = str(error)
    print(f"{kind} {name}: {problem or 'done'}", flush=True)
    return problem is None


def _write(kept):
    files.make_directory(paths.BACKUP)
    files.write(KEPT, json.dumps(kept, indent=1, sort_keys=True))
    files.make_directory(METRICS.parent, 0o755)
    files.write(METRICS, metrics(kept, *_declared()), 0o644)


def _declared():
    """Seconds between two backups by workload, and the names of all repositories that this host has to do with."""
    try:
        declared = settings.load()
    except Refused:
        return {}, set()
    names = {"local", *(place["name"] for place in declared["places"]), *(f"copy of {copy['host']}" for copy in declared["keeps"])}
    return {name: 60 * entry["everyMinutes"] for name, entry in declared["workloads"].items()}, names


def metrics(kept, intervals, places):
    """In Prometheus' text format, of what is declared: nobody is to be told for ever of a place that there was.

    :param intervals: seconds between two backups, by workload that has to have them.
    """
    groups = []
    for kind, label in LABELS.items():
        known = places if label == "place" else intervals
        entries = {name: entry for name, entry in kept.get(kind, {}).items() if name in known}
        for key, value, meaning in (
            ("success", lambda entry: int(entry["problem"] is None), "Whether the last one went well."),
            ("timestamp_seconds", lambda entry: entry["at"], "When the last one ended."),
            ("last_success_timestamp_seconds", lambda entry: entry["lastGood"], "When the last one that went well ended; 0 for never."),
            ("duration_seconds", lambda entry: entry["seconds"], "How long the last one took."),
        ):
            samples = {((label, name),): value(entry) for name, entry in entries.items()}
            groups.append((f"homelab_{kind}_{key}", meaning, samples))
        sizes = {((label, name),): entry["bytes"] for name, entry in entries.items() if "bytes" in entry}
        groups.append((f"homelab_{kind}_size_bytes", "Bytes of the data that it was about.", sizes))
    times = {
        (("place", place), ("workload", workload)): at
        for place, found in kept.get("newest", {}).items()
        for workload, at in found.items()
        if workload in intervals and place in places
    }
    groups.append(("homelab_backup_newest_timestamp_seconds", "When the newest snapshot in a place was taken.", times))
    wanted = {(("workload", name),): seconds for name, seconds in intervals.items()}
    groups.append(("homelab_backup_interval_seconds", "How often the workload is to be backed up.", wanted))
    return "".join(_gauge(*group) for group in groups if group[2])


def _gauge(name, meaning, samples):
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
    for labels, value in sorted(samples.items()):
        pairs = ",".join(f'{key}="{text}"' for key, text in labels)
        lines.append(f"{name}{{{pairs}}} {value}")
    return "".join(f"{line}\n" for line in lines)
