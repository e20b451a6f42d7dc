"""Ends a transaction by its journal alone: forward if it holds `commit`, back if not. Every step can be repeated.

It runs at the end of each transaction, when that was killed (ExecStopPost=), when this was killed (OnFailure=), at boot before
any workload, and before the next transaction. What cannot be settled is kept down alone: its journal is set aside for a
person, and the others go on.
"""

import time
from pathlib import Path

import files
import images
import journal as journals
import locks
import networks
import paths
import podman
import records
import removal
import service
import systemd
import tree
import units
from errors import Failure, Refused, Unreadable


def settle(workload):
    """The verb `settle <workload>`. Returns the exit status: 1 if it has to be tried again."""
    with locks.workload(workload):
        try:
            leftover(workload)
        except Refused:
            return 1
    return 0


def leftover(workload):
    """Settles a journal, if there is one. Raises Refused where that failed: nothing may be built on it."""
    try:
        journal = journals.load(workload)
    except Unreadable as error:
        give_up(workload, str(error))
        return
    if journal and not by_journal(journal):
        raise Refused(records.last_outcome(workload)["message"])


def by_journal(journal):
    """Forward or back, as the journal says. Returns whether it is settled; if not, systemd tries again."""
    try:
        if journal.action == "remove" and journal.reached("commit"):
            removal.finish(journal)
        elif journal.reached("commit"):
            forward(journal)
        else:
            back(journal)
        return True
    except (Failure, OSError) as error:
        again = f"It is tried again every few seconds, and at the next boot: `journalctl -u {paths.settle_unit(journal.workload)}`."
        say(journal, "confirmed" if serves_new(journal) else "unsettled", f"{error}\n{again}")
        return False


def serves_new(journal):
    """Whether the new version runs, though its transaction could not be brought to an end."""
    return journal.reached("commit") and journal.action != "remove" and service.state(journal.workload)["ActiveState"] == "active"


def give_up(workload, why):
    """Nobody may guess: the workload is kept down from its next start on, and a person decides."""
    systemd.mask(paths.service(workload))
    transaction = journals.transaction_of(workload)
    kept = journals.set_aside(workload)
    message = (
        f"an interrupted transaction of {workload} cannot be settled: {why}. It is masked, so that it does not start with"
        f" data and files that may not fit; what runs was left running. The journal is kept at {kept}."
        " `pulumi up` brings the declared version up."
    )
    records.write_outcome(records.outcome(workload, transaction, "unsettled", "none", message))


def forward(journal):
    """The new version has proved itself: its units become the confirmed ones, what is old goes."""
    request, workload = journal.request, journal.workload
    journal.free_spare()
    journal.enter("cleaning")
    confirm_units(journal)
    systemd.daemon_reload()
    start_if_down(workload)
    service.check_loaded(workload, paths.ETC_UNITS)
    for name in networks.dropped(request["units"], journal.old["units"]):
        podman.remove_network(name)
    journals.hold("cleaning-record")
    records.write_confirmed(workload, journal.facts["record"])
    tree.sweep(workload, {request["filesHash"], journal.facts["record"]["previous"]["filesHash"]})
    images.sweep(workload)
    say(journal, "confirmed", DONE[journal.action].format(workload), outage(journal))
    journal.finish()


DONE = {
    "create": "{} is new and serves.",
    "restart": "{} was restarted and serves.",
    "reload": "{} took its new files and serves.",
    "none": "{} serves as it is; nothing had to be touched.",
}


def confirm_units(journal):
    """Moves the units from trial to /etc. Where /etc cannot be written the trial goes on serving, after a boot too."""
    request, workload = journal.request, journal.workload
    try:
        units.install(request["units"], workload)
    except OSError as error:
        units.put_on_trial(request["units"], {})
        systemd.daemon_reload()
        start_if_down(workload)
        raise Failure(f"{workload} serves its new version, but {paths.ETC_UNITS} cannot be written: {error.strerror}.") from error
    journals.hold("cleaning-trial")
    units.drop_trial(workload)


def start_if_down(workload):
    if service.state(workload)["ActiveState"] not in ("active", "activating", "reloading"):
        service.start(workload)


def back(journal):
    """The old version serves again, or, if there was none, nothing is left."""
    workload = journal.workload
    journal.free_spare()
    units.discard_prepared(workload)
    if journal.action == "create":
        undo_create(journal)
        say(journal, "reverted", f"{journal.failure()['message']}\n{workload} is new: nothing of it was left on the host.")
    else:
        undo_change(journal)
        problem = old_serves(journal)
        message = f"{journal.failure()['message']}\n" + (
            f"The old version of {workload} was put back, but does not serve: {problem}. systemd goes on starting it."
            if problem
            else f"The old version of {workload} serves."
        )
        say(journal, "unsettled" if problem else "reverted", message, outage(journal))
    images.remember(journal)
    journal.finish()


def undo_change(journal):
    """Puts units, link and network of before back. Units on trial say whether the new version may run; they go last."""
    request, workload, old = journal.request, journal.workload, journal.old
    if units.present(paths.RUN_UNITS, workload):
        service.stop(workload, request["stopSeconds"])
        strange = networks.differing(old["units"], request["units"]) + networks.dropped(old["units"], request["units"])
        networks.remove(workload, strange)
    restore_link(journal)
    journals.hold("back-units")
    if units.drop_trial(workload) or journal.reached("switched"):
        systemd.daemon_reload()
    journals.hold("back-start")
    if journal.action == "reload" and journal.reached("starting"):
        resend(journal)
    elif journal.reached("stopping"):
        try:
            service.start(workload)
        except Failure:
            pass  # systemd goes on trying; whether it serves is asked next.
    tree.sweep(workload, kept_trees(journal))


def resend(journal):
    """The process has to forget the new files; one that fell over them is started by systemd with the old ones."""
    try:
        podman.signal(journal.workload, journal.request["reload"]["signal"])
    except Failure:
        service.start(journal.workload)


def restore_link(journal):
    if journal.old["link"] and journal.reached("switched"):
        files.switch_link(paths.current(journal.workload), journal.old["link"])


def kept_trees(journal):
    record = journal.old["record"]
    previous = {record["request"]["filesHash"], record["previous"]["filesHash"]} if record else set()
    return {journal.old["link"], *previous}


def old_serves(journal):
    """Waits for the old version's own health check. Returns what is wrong, None if it serves."""
    if not (journal.reached("stopping") or journal.reached("switched")):
        return None  # Never touched.
    record = journal.old["record"]
    try:
        restarts = int(service.state(journal.workload)["NRestarts"] or 0)
        journal.answered = service.wait_until_serving((record or journal.facts)["request"], restarts)
    except Failure as failure:
        return str(failure)
    return None


def undo_create(journal):
    """Takes away all that a failed creation made; data directories only if they are still empty."""
    workload = journal.workload
    service.stop(workload, journal.request["stopSeconds"])
    podman.remove_container(workload)
    units.drop_trial(workload)
    systemd.daemon_reload()
    systemd.unmask(paths.service(workload))
    networks.remove(workload, networks.dropped({}, journal.request["units"]))
    files.remove_tree(paths.config(workload))
    for directory in journal.facts["made"]:
        remove_if_empty(Path(directory))


def remove_if_empty(path):
    """And its parents up to the folder of all data."""
    while path.is_dir() and not any(path.iterdir()) and path not in (paths.DATA, paths.STATE):
        path.rmdir()
        path = path.parent if paths.DATA in path.parents else path


def outage(journal):
    """From the stop to the first good answer, as well as a clock on the wall can say it."""
    stopped = journal.reached("stopping") and journal.action != "create"
    return (journal.answered or time.time()) - journal.time_of("stopping") if stopped else 0.0


def say(journal, result, message, seconds=0.0):
    log = journal.failure()["log"] if result in ("reverted", "unsettled") and not journal.reached("commit") else []
    records.write_outcome(
        records.outcome(journal.workload, journal.transaction, result, journal.action, message, log, seconds)
    )
