"""podman networks of a workload. Quadlet makes them with `--ignore`: a changed file has no effect until the network is gone."""

import json

import files
import paths
import podman
import service
import systemd
import units
from errors import Failure


def differing(wanted, other):
    """Names of networks that are not there as declared: changed, or removed by hand while their service counts as done.

    :param wanted: units that will be used; :param other: units that were used before.
    """
    there = podman.networks()
    return [
        name
        for name, subnet in units.networks(wanted).items()
        if name not in there or _changed(f"{name}.network", wanted, other) or (subnet and podman.subnet(there[name]) != subnet)
    ]


def _changed(unit, wanted, other):
    return unit in other and other[unit] != wanted[unit]


def dropped(kept, texts):
    """Names of networks that one set of units has and another one has not."""
    return [name for name in units.networks(texts) if name not in units.networks(kept)]


def remove(workload, names):
    """Removes networks of a workload that is stopped; the next start makes those that it needs.

    The network's service is stopped first: else systemd takes it for made, and the start finds no network.
    """
    if names:
        podman.remove_container(workload)
    for name in names:
        systemd.stop(f"{name}-network.service", service.START_SECONDS)
        podman.remove_network(name)


def check_alone(workload, names):
    """Raises Failure where a container that is not the workload's is on one of its networks, which could then not be removed."""
    for container in podman.containers() if names else ():
        shared = set(names).intersection(container.get("Networks") or ())
        if shared and podman.labels(container).get(podman.LABEL) != workload:
            name = container["Names"][0]
            raise Failure(
                f"the network {min(shared)} has to be made anew, and {name}, which is not ours, is on it. Nothing was stopped."
                f" Take it off (`podman network disconnect {min(shared)} {name}`), or remove it, then run `pulumi up` again."
            )


def switch_at_boot(wanted, unwanted):
    """The same by podman's own files, before podman and the workloads start: nothing runs on any network yet.

    :param unwanted: names of networks that have to go, so that their addresses are free.
    """
    for name in unwanted:
        files.remove(paths.PODMAN_NETWORKS / f"{name}.json")
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
