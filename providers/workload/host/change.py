"""The ways to change a workload, phase by phase. Each ends with `commit` or with an exception; settle.py does the rest."""

import os
from pathlib import Path

import data
import dumps
import files
import health
import images
import journal as journals
import limits
import networks
import paths
import reload
import service
import systemd
import takeover
import tree
import units
from errors import Failure


def restart(journal):
    """Stop, save, switch, start, wait: for a new workload too, which has nothing to stop."""
    request, workload = journal.request, journal.workload
    journal.enter("staged")
    data.prepare(journal)
    lay_down(journal)
    if image_is_new(journal):
        images.bring_to_disk()
    # From here to the start nothing serves: whatever can be asked before is asked before.
    running, renewed = service.processes(workload), networks.differing(request["units"], journal.old["units"])
    # One under a new name wants the addresses of the old one.
    renewed += networks.dropped(request["units"], journal.old["units"])
    networks.check_alone(workload, renewed)
    late = trial_is_late(journal)
    journal.enter("stopping")
    service.stop(workload, stop_seconds(journal), running, None if late else lambda: try_units(journal))
    takeover.stop(journal)
    journal.enter("stopped")
    data.save(journal)
    journal.enter("switched")
    networks.remove(workload, renewed)
    with data.bring_in(journal):
        make_directories(request)
        journals.hold("switching-link")
        files.switch_link(paths.current(workload), request["filesHash"])
        if late:
            try_units(journal)
        journal.enter("starting")
        service.start(workload)
        journal.enter("waiting")
        journal.answered = service.wait_until_serving(request)
        if dumps.load(journal):
            # Up to here it answered on an empty database.
            journal.answered = service.wait_until_serving(request)
        service.check_loaded(workload, paths.RUN_UNITS)
        service.check_image(request)
    journal.enter("commit")


def in_place(journal):
    """For a process that goes on: new files, with the application's own check and proof; limits; what only systemd reads."""
    request, workload = journal.request, journal.workload
    new_files, new_units = journal.old["link"] != request["filesHash"], journal.action == "update"
    wanted = limits.declared(request["units"][f"{workload}.container"])
    journal.enter("staged")
    lay_down(journal)
    if new_units:
        limits.check_room(workload, wanted)
    journal.enter("switched")
    files.switch_link(paths.current(workload), request["filesHash"])
    loaded = reload.validate(request) if new_files else None
    if new_units:
        try_units(journal)
    journal.enter("starting")
    if new_units:
        limits.change(workload, wanted)
    proven = new_files and request["reload"] is not None and reload.signal(request, journal.old["process"], loaded)
    journal.enter("waiting")
    # Who says by itself that it took its files has lived through it.
    service.wait_until_serving(request, journal.old["restarts"], 0 if proven and not new_units else service.TOLD_SECONDS)
    journal.enter("commit")


def record_only(journal):
    """What runs is right already. The new health check is asked before it counts."""
    answer = health.ask(journal.request["health"])
    if not answer.healthy:
        raise Failure(f"the new health check fails on what runs: {answer.text}")
    journal.enter("commit")


def remove(journal):
    """A removal is never taken back: there is nothing to wait for."""
    journal.enter("commit")


PERFORM = {"create": restart, "restart": restart, "reload": in_place, "update": in_place, "none": record_only, "remove": remove}


def trial_is_late(journal):
    """Whether the new units may not be put on trial while the old version still ends, which would save time.

    Not where data is saved or exchanged: from then on whoever starts the workload starts the new version, which must not come
    to data that is not its own yet. Nor where the old one is to have more time for its end: systemd goes by the new unit's.
    """
    what = journal.facts.get("data") or {"save": False, "restore": None}
    return bool(what["save"] or what["restore"]) or journal.request["stopSeconds"] < stop_seconds(journal)


def image_is_new(journal):
    """Whether it may have been pulled just now."""
    record = journal.old["record"]
    return record is None or record["request"]["image"] != journal.request["image"]


def try_units(journal):
    """Puts the new units on trial; systemd goes by them from here on."""
    workload = journal.workload
    journals.hold("switching-units")
    units.put_on_trial(journal.request["units"], journal.old["units"])
    journals.hold("switching-reload")
    service.unmask(workload)
    systemd.daemon_reload()
    service.check_loaded(workload, paths.RUN_UNITS)


def lay_down(journal):
    """Files and data directories, next to what is in use."""
    request = journal.request
    tree.place(journal.workload, request["filesHash"], journal.path / "files", request["files"])
    make_directories(request)


def make_directories(request):
    """Of data, where they are missing."""
    for directory in request["directories"]:
        path = Path(directory["path"])
        if not path.exists():
            files.make_directory(path.parent, 0o755)
            path.mkdir()
            path.chmod(0o750)
            os.chown(path, directory["uid"], directory["gid"])
            files.sync(path.parent)


def stop_seconds(journal):
    """What runs is stopped within its own time."""
    record = journal.old["record"]
    return record["request"]["stopSeconds"] if record else journal.request["stopSeconds"]
