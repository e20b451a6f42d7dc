"""The old version serves again, or, of a new workload, nothing is left. Each step can be repeated."""

import contextlib
import time
from pathlib import Path

import data
import files
import holds
import images
import journal as journals
import limits
import networks
import paths
import podman
import records
import service
import systemd
import takeover
import tree
import units
from errors import Failure


def undo(journal):
    """Takes a transaction whose journal does not hold `commit` back to where it began."""
    workload = journal.workload
    journal.free_spare()
    units.discard_prepared(workload)
    if journal.action == "create":
        kept = undo_create(journal)
        message = f"{journal.failure()['message']}\n{workload} is new: nothing of it was left on the host."
        message += f"\nThe data that was there is as it was. What the new version made of it is kept in {kept}." if kept else ""
        message += takeover.give_back(journal)
        result = "reverted"
    else:
        kept = undo_change(journal)
        given_back = takeover.give_back(journal)
        problem = old_serves(journal)
        message = f"{journal.failure()['message']}\n" + (
            f"The old version of {workload} was put back, but does not serve: {problem.rstrip('.')}. systemd goes on starting it."
            if problem
            else f"The old version of {workload} serves{', on its data of before' if kept else ''}."
        )
        message += f"\nWhat the new version made of the data is kept in {kept}." if kept else ""
        message += given_back + hold(journal)
        result = "unsettled" if problem else "reverted"
    # What is tidied up now is no part of the outage.
    journal.answered = journal.answered or time.monotonic()
    images.remember(journal)
    data.forget_warm(journal)
    data.note_restore(journal, journal.failure()["message"])
    files.sweep(paths.DATA)
    # Told last: who hears of an end while the journal is there takes it for one that cannot be settled.
    records.tell(journal, result, message)
    journal.finish()


def hold(journal):
    """Holds the image of a version that failed. Returns what to tell a person: the two things to do next."""
    request, old = journal.request, journal.old["record"]
    if not journal.failure().get("blame") or not old or old["request"]["image"] == request["image"]:
        return ""
    why = journal.failure()["message"].splitlines()[0].rstrip(".") + "."
    # Where the disk is full it is not held: no reason for a revert to fail.
    with contextlib.suppress(OSError):
        holds.hold(journal.workload, request["image"], request["imageTag"], why, journal.transaction)
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(journal.facts["started"]))
    return (
        f"\n{request['imageTag']} is held: it is not brought up again until it is released. What it said, on {request['host']}:"
        f'\n  journalctl CONTAINER_NAME={journal.workload} --since "{since}"'
        f"\nTo try it again:\n  npm run release -- {request['host']} {journal.workload}"
    )


def undo_change(journal):
    """Puts data, units, link and network of before back. Units on trial say whether the new version may run; they go last.

    Returns where the data of the new version is kept, None if there is none.
    """
    request, workload, old = journal.request, journal.workload, journal.old
    if journal.action == "restart" and (units.present(paths.RUN_UNITS, workload) or data.must_go_back(journal)):
        service.stop(workload, request["stopSeconds"])
        strange = networks.differing(old["units"], request["units"]) + networks.dropped(old["units"], request["units"])
        # Who is on it came by hand. It is that of before, since nobody could remove it, and the old version starts on it.
        with contextlib.suppress(podman.InUse):
            networks.remove(workload, strange)
    journals.hold("back-data")
    kept = data.put_back(journal)
    restore_link(journal)
    journals.hold("back-units")
    if units.drop_trial(workload) or touched(journal):
        systemd.daemon_reload()
    journals.hold("back-start")
    if journal.action in ("reload", "update") and journal.reached("starting"):
        resume(journal)
    elif journal.reached("stopping"):
        # systemd goes on trying; whether it serves is asked next.
        with contextlib.suppress(Failure):
            service.start(workload)
    tree.sweep(workload, kept_trees(journal))
    return kept


def resume(journal):
    """The process has to forget the new limits and files; one that fell over them is started by systemd with the old ones."""
    workload, old = journal.workload, journal.old
    try:
        if journal.action == "update":
            limits.change(workload, old["limits"])
        if journal.request["reload"] and old["link"] != journal.request["filesHash"]:
            podman.signal(workload, journal.request["reload"]["signal"])
    except Failure:
        service.start(workload)
        if journal.action == "update":
            # A start that was under way took the new limits still.
            limits.change(workload, old["limits"])


def restore_link(journal):
    if journal.old["link"] and journal.reached("switched"):
        files.switch_link(paths.current(journal.workload), journal.old["link"])


def kept_trees(journal):
    record = journal.old["record"]
    previous = {record["request"]["filesHash"], record["previous"]["filesHash"]} if record else set()
    return {journal.old["link"], *previous}


def touched(journal):
    """Whether anything was done to what runs; whoever settled this before may have done a part of it."""
    return journal.reached("stopping") or journal.reached("switched")


def old_serves(journal):
    """Waits for the old version's own health check. Returns what is wrong, None if it serves."""
    if not touched(journal):
        return None
    journal.answered = None  # The new version's answer ends no outage.
    record = journal.old["record"]
    try:
        restarts = int(service.state(journal.workload)["NRestarts"] or 0)
        journal.answered = service.wait_until_serving((record or journal.facts)["request"], restarts)
    except Failure as failure:
        return str(failure)
    return None


def undo_create(journal):
    """Takes away all that a failed creation made; data directories only if they are still empty.

    Returns where what it made of data that was there is kept, None if there is none.
    """
    workload = journal.workload
    service.stop(workload, journal.request["stopSeconds"])
    podman.remove_container(workload)
    units.drop_trial(workload)
    systemd.daemon_reload()
    systemd.unmask(paths.service(workload))
    networks.remove(workload, networks.dropped({}, journal.request["units"]))
    files.remove_tree(paths.config(workload))
    kept = data.undo_create(journal)
    for directory in journal.facts["made"]:
        remove_if_empty(Path(directory))
    return kept


def remove_if_empty(path):
    """And its parents up to the folder of all data."""
    while path.is_dir() and not any(path.iterdir()) and path not in (paths.DATA, paths.STATE):
        path.rmdir()
        path = path.parent if paths.DATA in path.parents else path
