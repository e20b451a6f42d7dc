"""The new version has proved itself: its units become the confirmed ones, and what is old goes. Each step can be repeated."""

import copies
import data
import files
import holds
import images
import journal as journals
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

DONE = {
    "create": "{} is new and serves.",
    "restart": "{} was restarted and serves.",
    "reload": "{} took its new files and serves.",
    "update": "{} goes on with its new settings, in the same process.",
    "none": "{} serves as it is; nothing had to be touched.",
}

# The ways to change a workload whose units stay.
UNITS_STAY = ("none", "reload")


def finish(journal):
    """Takes a transaction whose journal holds `commit` to its end."""
    request, workload = journal.request, journal.workload
    journal.enter("cleaning")
    confirm_units(journal)
    takeover.retire(journal)
    now = let_systemd_read(journal)
    # Not sooner: what fills the disk takes all room that is free. Up to here renames were enough.
    journal.free_spare()
    service.check_loaded(workload, paths.ETC_UNITS, start_if_down(workload, now))
    for name in networks.dropped(request["units"], journal.old["units"]):
        podman.remove_network(name)
    journals.hold("cleaning-record")
    replaced = data.keep_new(journal)
    hold_rolled_back(journal)
    records.write_confirmed(workload, record_of(journal))
    tree.sweep(workload, {request["filesHash"], journal.facts["record"]["previous"]["filesHash"]})
    images.sweep(workload)
    data.forget_warm(journal)
    data.note_restore(journal, None)
    files.sweep(paths.DATA)
    notes = (replaced + journal.facts.get("begins", "") + not_copied(journal)).strip()
    records.tell(journal, "confirmed", DONE[journal.action].format(workload) + takeover.words(journal), notes)
    journal.finish()


def not_copied(journal):
    """A backup that is on this host alone for the moment is no reason to wait, and one to know of."""
    return copies.note() if (journal.facts.get("data") or {}).get("save") else ""


def record_of(journal):
    """What is confirmed, with the outage if this process measured one, and the snapshot of the data if one was taken."""
    record, point = journal.facts["record"], journal.noted("restore-point")
    measured = journal.action == "restart" and journal.answered
    outage = {"outageSeconds": records.seconds(journal.outage())} if measured else {}
    return {**record, **outage, **({"restorePoint": point} if point else {})}


def hold_rolled_back(journal):
    """Who restores data and changes the version goes back: the version that is left is not walked into again."""
    old, what = journal.old["record"], journal.facts.get("data")
    if what and what["restore"] and old and old["request"]["image"] != journal.request["image"]:
        holds.hold(journal.workload, old["request"]["image"], old["request"]["imageTag"], "it was rolled back.", journal.transaction)


def confirm_units(journal):
    """Moves the units from trial to /etc. Where /etc cannot be written the trial goes on serving, after a boot too."""
    request, workload = journal.request, journal.workload
    try:
        units.install(request["units"], workload)
    except OSError as error:
        units.put_on_trial(request["units"], {})
        systemd.daemon_reload()
        start_if_down(workload, service.state(workload))
        raise Failure(f"{workload} serves its new version, but {paths.ETC_UNITS} cannot be written: {error.strerror}.") from error
    journals.hold("cleaning-trial")
    units.drop_trial(workload)


def let_systemd_read(journal):
    """The confirmed units. What it has read it need not read again: all units of the host would be generated anew.

    :returns: what it says of the workload's.
    """
    if journal.action in UNITS_STAY:
        now = service.state(journal.workload)
        if service.is_loaded(journal.workload, paths.ETC_UNITS, now):
            return now
    systemd.daemon_reload()
    return service.state(journal.workload)


def start_if_down(workload, now):
    """:param now: what systemd says of it; :returns: what it says then."""
    if now["ActiveState"] in ("active", "activating", "reloading"):
        return now
    service.start(workload)
    return service.state(workload)
