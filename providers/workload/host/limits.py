"""Limits of a container: memory, processor time, processes. podman changes them on a container that runs.

A unit names them in options of `podman run`, which `podman update` takes too. podman keeps such a change for this container
alone: the next one is made from the unit, so that the unit has to say the same.
"""

import re

import files
import paths
import podman
import units
from errors import Failure

# Of `PodmanArgs=`; systemd's specifiers (`%`) cannot be told here.
OPTION = re.compile(r"--(memory|memory-swap|cpus)=([^%\s]+)")
SIZE = re.compile(r"(\d+)([bkmg]?)")
UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
MIB = 1 << 20
CGROUPS = paths.ROOT / "sys/fs/cgroup"


def option(section, key, value):
    """The limits that a line of a unit sets, as podman's options; None for a line that sets anything else."""
    if section != "Container":
        return None
    if key == "PidsLimit":
        return {"pids-limit": value}
    found = [OPTION.fullmatch(word) for word in value.split()] if key == "PodmanArgs" else []
    return dict(match.groups() for match in found) if found and all(found) else None


def declared(text):
    """The limits that a container's unit sets: podman's options with their values."""
    found = {}
    for line in units.lines(text):
        found |= option(*line) or {}
    return found


def actual(container):
    """The limits that a container from {@link podman.container} has, as options for `podman update`."""
    has = container["HostConfig"]
    return {
        "memory": str(has["Memory"]),
        "memory-swap": str(has["MemorySwap"]),
        "cpus": str(round(has["NanoCpus"] / 1e9, 3)),
        "pids-limit": str(has["PidsLimit"]),
    }


def right(container, text):
    """Whether a container has the limits that a unit's text sets. One that we cannot read is taken for right."""
    has = {name: _number(name, value) for name, value in actual(container).items()}
    wanted = {name: _number(name, value) for name, value in declared(text).items()}
    return all(number in (None, has[name]) for name, number in wanted.items())


def _number(name, value):
    try:
        if name == "cpus":
            # podman has hundred-thousandths and cuts off the rest: what it says of 0.29 is a little less.
            return round(float(value), 3)
        if name == "pids-limit":
            return int(value)
        number, unit = SIZE.fullmatch(value.lower()).groups()
        return int(number) * UNITS[unit]
    except (ValueError, AttributeError):
        return None


def change(workload, options):
    """Sets the limits of a container that runs, which goes on. Raises Failure where that cannot be, or would end it."""
    podman.update(workload, [f"--{name}={value}" for name, value in options.items()])


def check_room(workload, options):
    """That what the container uses now fits into a new limit: else the kernel ends it (cgroup v2) or refuses (v1)."""
    limit, used = _number("memory", options.get("memory", "")), in_use(podman.container(workload))
    if limit and used and used > limit:
        raise Failure(
            f"{workload} uses {used / MIB:.0f} MiB of memory now, more than its new limit of {limit / MIB:.0f} MiB."
            f" Choose a higher limit; or, if it needs less after a start, `systemctl restart {workload}` and run `pulumi up` again."
        )


def in_use(container):
    """Bytes of memory that the kernel cannot take back from a container: all but its page cache. None if it does not run."""
    group = (container or {}).get("State", {}).get("CgroupPath", "").lstrip("/")
    for folder, usage, cache, shared in (
        (CGROUPS / group, "memory.current", "file", "shmem"),
        (CGROUPS / "memory" / group, "memory.usage_in_bytes", "total_cache", "total_shmem"),
    ):
        used = files.text(folder / usage) if group else None
        if used:
            parts = dict(line.split() for line in (files.text(folder / "memory.stat") or "").splitlines())
            return int(used) - int(parts.get(cache, 0)) + int(parts.get(shared, 0))
    return None
