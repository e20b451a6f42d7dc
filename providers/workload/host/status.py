"""What a person on the Pi wants to know at a glance: workloads, versions, health, the last transaction and its result."""

import data_folders
import health
import holds
import journal as journals
import paths
import records
import times


def show():
    confirmed, answers, open_ones = records.all_confirmed(), health.ask_all(), journals.open_workloads()
    for name in sorted({*confirmed, *open_ones}):
        record = confirmed.get(name)
        version = record["request"]["imageTag"] if record else "-"
        since = times.text(record["time"]) if record else "-"
        state = f"in transaction: {next(reversed(journals.phases(name)), 'staged')}" if name in open_ones else answers[name].text
        print(f"{name:24} {version:24} since {since}  {state}")
        outcome = records.last_outcome(name)
        if outcome:
            outage = f", outage {outcome['outageSeconds']} s" if outcome["outageSeconds"] else ""
            print(f"{'':24} last transaction {outcome['transaction']}: {outcome['result']} ({outcome['action']}){outage}")
            # One that an earlier version of this program wrote has no notes.
            words = outcome.get("notes", "") if outcome["result"] in ("confirmed", "unchanged") else outcome["message"]
            print("".join(f"{'':24} {line}\n" for line in words.splitlines()), end="")
        for entry in holds.of(name).values():
            print(f"{'':24} {entry['imageTag']} is held: {entry['why']} To let it be tried again: `homelab release {name}`")
    for folder in data_folders.left({*confirmed, *open_ones}):
        notes = (records.last_outcome(folder.name) or {}).get("notes", "")
        print(f"data of a workload that was removed: {folder} (`homelab purge {folder.name}`) {notes}".rstrip())
    for folder in data_folders.kept():
        print(f"data that was replaced, or that a failed version left: {folder} (`homelab drop-failed {data_folders.owner(folder)}`)")
    if paths.UNSETTLED.is_dir() and (kept := sorted(path.name for path in paths.UNSETTLED.iterdir())):
        print(f"journals that could not be settled, in {paths.UNSETTLED}: {', '.join(kept)}")
    if not confirmed and not open_ones:
        print("nothing of the lab is on this host")
