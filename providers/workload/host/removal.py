"""Takes a workload away. Its journal holds `commit` from the start, so whatever happens, it is taken away to the end."""

import backup
import copies
import files
import holds
import images
import networks
import paths
import podman
import records
import service
import systemd
import units
from errors import Failure, Refused


def finish(journal):
    """Stop, delete, daemon-reload: in this order, or a container is left that nobody knows. Data stays unless asked for."""
    workload, record = journal.workload, journal.old["record"]
    journal.free_spare()
    journal.enter("cleaning")
    service.stop(workload, record["request"]["stopSeconds"] if record else service.STOP_MARGIN_SECONDS)
    last = last_backup(journal)
    forget_units(workload)
    systemd.unmask(paths.service(workload))
    podman.remove_container(workload)
    ours = [name for name, network in podman.networks().items() if podman.labels(network).get(podman.LABEL) == workload]
    shared = remove_networks(workload, ours)
    files.remove_tree(paths.config(workload))
    if journal.request["deleteData"] and (last is None or last["saved"]):
        files.remove_tree(paths.DATA / workload)
        # Without data there is nothing that a version which failed could spoil.
        holds.forget(workload)
    # The images of a workload that is gone are wanted by nobody; `sweep` leaves those that another one uses.
    images.sweep(workload, gone=True)
    records.remove_confirmed(workload)
    data = "kept in" if (paths.DATA / workload).exists() else "deleted from"
    words = f"{workload} was removed; its data was {data} {paths.DATA / workload}."
    last = last or {}
    # What an earlier version of this program noted has all of it among the words.
    records.tell(journal, "confirmed", words + last.get("words", ""), " ".join([*shared, last.get("notes", "")]).strip())
    journal.finish()


def remove_networks(workload, names):
    """Returns notes for people about those that somebody else is on: these stay, and nothing of ours is on them any more."""
    notes = []
    for name in names:
        try:
            networks.remove(workload, [name])
        except podman.InUse:
            notes.append(
                f"Its network {name} is still there: a container that is not ours is on it. Later: podman network rm {name}"
            )
    return notes


def last_backup(journal):
    """A last snapshot of the data. Returns whether it is there, in words and notes for people; None where there is nothing to save.

    A removal is not taken back: without a backup the data stays where it is.
    """
    record = journal.old["record"]
    done = journal.noted("last")
    if done or not record or not record["request"].get("backup"):
        return done
    request = {**journal.request, "backup": record["request"]["backup"]}
    marks = backup.tags(request, "last", record["request"]["image"], journal.transaction)
    try:
        there, _ = backup.ready(journal.workload, request["backup"]["paths"])
        saved = backup.cold(there, request, marks, None)
    except (Failure, Refused) as failure:
        notes = f"There is no last backup of its data, so nothing of it was deleted: {failure}"
        last = {"saved": False, "words": "", "notes": notes}
    else:
        last = {"saved": True, "words": f" Its last snapshot is {saved.id[:8]}.", "notes": copies.note().strip()}
    journal.note("last", last)
    return last


def forget_units(workload):
    units.uninstall(workload)
    systemd.daemon_reload()
