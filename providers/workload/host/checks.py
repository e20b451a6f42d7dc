"""What is found out before anything is stopped. Each check raises Refused: what, where, what to do."""

import shutil
from pathlib import Path

import commands
import holds
import paths
import podman
import takeover
import units
from errors import Refused

GENERATED = ("/run/systemd/generator", "/run/systemd/transient")


def before_apply(request, state):
    """Returns the names of those whose place the workload takes: see takeover.py.

    :param state: what systemd says of its service.
    """
    workload = request["workload"]
    holds.check(request)
    containers = podman.containers()
    foreign_units(workload, request["units"])
    foreign_service(workload, state)
    foreign_container(workload, containers)
    foreign_networks(workload, request["units"])
    predecessors = takeover.predecessors(request, containers)
    image_present(request["image"])
    generator_accepts(request)
    return predecessors


def before_remove(request):
    workload = request["workload"]
    foreign_units(workload, [f"{workload}.container"])
    foreign_container(workload, podman.containers())


def foreign_units(workload, names):
    """A unit file of the same name without our mark, wherever Quadlet looks for it."""
    for directory in (paths.ETC_UNITS, paths.RUN_UNITS, paths.VENDOR_UNITS):
        for path in directory.rglob("*") if directory.is_dir() else ():
            if path.name in names and path.is_file() and units.owner(path.read_text(errors="replace")) != workload:
                raise Refused(
                    f"{path} has no mark of ours (first line `{units.mark(workload)}`): it is not overwritten."
                    f" Remove or rename it on the host, or give the workload {workload} another name."
                )


def foreign_service(workload, state):
    """A service of the same name that does not come from Quadlet: it would run instead of ours, or be hidden by it."""
    name, path = paths.service(workload), state["FragmentPath"]
    if state["LoadState"] not in ("not-found", "masked") and path and not path.startswith(GENERATED):
        raise Refused(
            f"this host has a service {name} already ({path}), which is not ours."
            f" Remove it (`systemctl disable --now {name}`, then the file or its package), or rename the workload."
        )


def foreign_container(workload, containers):
    for container in containers:
        if workload in container["Names"] and podman.labels(container).get(podman.LABEL) != workload:
            raise Refused(
                f"a container named {workload} runs or lies on this host already ({container['Image']}), without our label."
                f" It was left alone. If it is not needed: `podman rm --force {workload}`; else rename one of the two."
            )


def foreign_networks(workload, texts):
    there = podman.networks()
    for name in units.networks(texts):
        if name in there and podman.labels(there[name]).get(podman.LABEL) != workload:
            raise Refused(
                f"a podman network named {name} is on this host already, without our label. It was left alone."
                f" If it is not needed: `podman network rm {name}`; else rename one of the two."
            )


def image_present(reference):
    if podman.image_id(reference) is None:
        raise Refused(
            f"the image {reference} is not on this host. It is pulled before the workload is changed:"
            f" see why that failed, or try `podman pull {reference}` on the host."
        )


def generator_accepts(request):
    """podman's own generator on the new units, with the drop-ins that will apply to them."""
    import tempfile

    with tempfile.TemporaryDirectory(dir=paths.RUN) as folder:
        for name, text in request["units"].items():
            Path(folder, name).write_text(text, encoding="utf-8")
        for drop_ins in ("container.d", "network.d"):
            if (paths.ETC_UNITS / drop_ins).is_dir():
                shutil.copytree(paths.ETC_UNITS / drop_ins, Path(folder, drop_ins))
        done = commands.run([paths.GENERATOR, "--dryrun"], 30, {"QUADLET_UNIT_DIRS": folder})
        if not done.ok or f"---{paths.service(request['workload'])}---" not in done.out:
            lines = [line.replace(f"{folder}/", "") for line in done.err.splitlines() if "Loading source" not in line]
            raise Refused("podman's generator refuses the unit:\n" + "\n".join(lines or [done.reason()]))
