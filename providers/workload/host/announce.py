"""One line for people at the end of each transaction, in the system's journal.

journald shows it among the workload's own lines (`journalctl -u <workload>`, `systemctl status <workload>`) and among those of
its transactions (`journalctl -u homelab-txn-<workload>`).
"""

import contextlib
import socket

import paths

# Native protocol of journald: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
SOCKET = paths.ROOT / "run/systemd/journal/socket"
INFO, WARNING, ERROR = 6, 4, 3
PRIORITIES = {"confirmed": INFO, "unsettled": ERROR}


def end(journal, outcome, ended):
    """Says what came of a transaction: `mosquitto 2.0.21 → 2.1.2: restart confirmed after 3.1 s, outage 1.2 s`.

    :param ended: whether nothing is left to be done.
    """
    result, seconds = outcome["result"], outcome["outageSeconds"]
    text = f"{_versions(journal)}: {journal.action} {result} after {max(0.0, journal.duration()):.1f} s"
    text += f", outage {seconds} s" if seconds else ""
    if result != "confirmed" or not ended:
        text += f". {outcome['message'].rstrip('.')}."
    elif outcome["notes"]:
        text += f". {outcome['notes']}"
    say(journal.workload, text, PRIORITIES.get(result, WARNING) if ended else ERROR)


def _versions(journal):
    before, after = (journal.old["record"] or {}).get("request", {}), journal.request
    tags = dict.fromkeys(tag for request in (before, after) if (tag := request.get("imageTag")))
    return f"{journal.workload} {' → '.join(tags)}".strip()


def say(workload, text, priority):
    """Adds a line to the system's journal. That nobody keeps it is no reason for a transaction to fail."""
    units = [paths.service(workload), paths.transaction_unit(workload)]
    fields = [f"MESSAGE={_in_one_line(text)}", f"PRIORITY={priority}", "SYSLOG_IDENTIFIER=homelab"]
    fields += [f"OBJECT_SYSTEMD_UNIT={unit}" for unit in units]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.sendto("".join(f"{field}\n" for field in fields).encode(), str(SOCKET))


def _in_one_line(text):
    """journald takes a second line for another field, and loses those after it."""
    *sentences, last = text.splitlines()
    return " ".join([*(line if line.endswith(":") else f"{line.rstrip('.')}." for line in sentences), last])
