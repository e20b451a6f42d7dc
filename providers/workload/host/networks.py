"""podman networks of a workload. Quadlet makes them with `--ignore`: a changed file has no effect until the network is gone."""

import json

import files
import paths
import podman
import service
import systemd
import units


def switch(wanted, other):
    """Removes networks that are not as declared, for the start to make them anew. Nothing may run on them.

    :param wanted: units that will be used; :param other: units that were used before.
    """
    there = podman.networks()
    for name, subnet in units.networks(wanted).items():
        unit = f"{name}.network"
        changed = unit in other and other[unit] != wanted[unit]
        if name in there and (changed or (subnet and podman.subnet(there[name]) != subnet)):
            remove(name)


def remove(name):
    """Its service is stopped first: else systemd takes it for made, and the next start finds no network."""
    systemd.stop(f"{name}-network.service", service.START_SECONDS)
    podman.remove_network(name)


def remove_all_but(kept, texts):
    """Removes the networks of one set of units that another one does not have."""
    for name in units.networks(texts):
        if name not in units.networks(kept):
            remove(name)


def switch_at_boot(wanted):
    """The same by podman's own files, before podman and the workloads start: nothing runs on any network yet."""
    for name, subnet in units.networks(wanted).items():
        path = paths.PODMAN_NETWORKS / f"{name}.json"
        text = files.text(path)
        if not text or not subnet:
            continue
        try:
            found = podman.subnet(json.loads(text))
        except ValueError:
            found = ""
        if found != subnet:
            files.remove(path)
