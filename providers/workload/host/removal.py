"""Takes a workload away. Its journal holds `commit` from the start, so whatever happens, it is taken away to the end."""

import files
import images
import networks
import paths
import podman
import records
import service
import systemd
import units


def finish(journal):
    """Stop, delete, daemon-reload: in this order, or a container is left that nobody knows. Data stays unless asked for."""
    workload, record = journal.workload, journal.old["record"]
    journal.free_spare()
    journal.enter("cleaning")
    service.stop(workload, record["request"]["stopSeconds"] if record else service.STOP_MARGIN_SECONDS)
    forget_units(workload)
    systemd.unmask(paths.service(workload))
    podman.remove_container(workload)
    ours = [name for name, network in podman.networks().items() if podman.labels(network).get(podman.LABEL) == workload]
    networks.remove(workload, ours)
    files.remove_tree(paths.config(workload))
    if journal.request["deleteData"]:
        files.remove_tree(paths.DATA / workload)
    # The images of a workload that is gone are wanted by nobody; `sweep` leaves those that another one uses.
    images.sweep(workload, gone=True)
    records.remove_confirmed(workload)
    data = "deleted" if journal.request["deleteData"] else f"kept in {paths.DATA / workload}"
    records.tell(journal, "confirmed", f"{workload} was removed; its data was {data}.")
    journal.finish()


def forget_units(workload):
    units.uninstall(workload)
    systemd.daemon_reload()
