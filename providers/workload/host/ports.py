"""Whether the ports that a workload publishes are free, its own, or those of one that leaves. Found out before the stop, not by a start that fails."""

import os
import socket
import struct
from pathlib import Path

import podman
from errors import Refused

# Kernel's states of a socket that waits for others: LISTEN for tcp, unconnected for udp.
WAITING = {"tcp": "0A", "udp": "07"}


def check(workload, wanted, containers, leaving=()):
    """Raises Refused for a port that is somebody else's. Returns the names of those among `leaving` that have one.

    :param wanted: (address, port, protocol) as units.published gives them; :param containers: podman.containers();
    :param leaving: workloads whose ports may be taken.
    """
    found = set()
    running = [container for container in containers if container["State"] == "running"]
    for port in wanted:
        holders = [container for container in running if any(collide(port, claim) for claim in claims(container))]
        if not holders:
            holders = [_holder(inode, running) for inode, claim in listening(port[2]) if collide(port, claim)]
        for holder in holders:
            owner = None if isinstance(holder, str) else podman.labels(holder).get(podman.LABEL)
            if owner in leaving and owner != workload:
                found.add(owner)
            elif owner is None or owner != workload:
                raise Refused(_taken(port, _describe(holder)))
    return found


def _taken(port, holder):
    address, number, protocol = port
    return (
        f"port {number}/{protocol} on {address or 'every address'} is in use by {holder}."
        " Nothing was stopped. Stop that, or give one of the two another port."
    )


def _describe(holder):
    if isinstance(holder, str):
        return holder
    ours = podman.labels(holder).get(podman.LABEL)
    return f"the workload {ours}" if ours else f"the container {holder['Names'][0]}, which is not ours"


def claims(container):
    """The (address, port, protocol) that a container of `podman ps` publishes."""
    for entry in container.get("Ports") or ():
        for offset in range(entry.get("range") or 1):
            for protocol in entry["protocol"].split(","):
                yield entry.get("host_ip") or "", entry["host_port"] + offset, protocol


def collide(one, other):
    """Same port and protocol, and the same address or every address on either side."""
    return one[1:] == other[1:] and (one[0] == other[0] or {one[0], other[0]} & {"", "0.0.0.0", "::"})


def listening(protocol):
    """Sockets of this host that wait for others: (inode, (address, port, protocol))."""
    for family in ("", "6"):
        try:
            lines = Path(f"/proc/net/{protocol}{family}").read_text(encoding="ascii").splitlines()[1:]
        except FileNotFoundError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == WAITING[protocol]:
                address, _, port = fields[1].partition(":")
                yield fields[9], (_address(address), int(port, 16), protocol)


def _address(text):
    """The kernel writes addresses as hex words in the machine's own byte order."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)


def _holder(inode, running):
    """Who holds a socket: a container that uses the host's network, or another process, in words.

    Found only when it is needed, since all processes have to be looked through.
    """
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(descriptor) != f"socket:[{inode}]":
                continue
            process = Path(*descriptor.parts[:3])
            group = (process / "cgroup").read_text(encoding="utf-8")
            name = (process / "comm").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        inside = [container for container in running if container["Id"] in group]
        return inside[0] if inside else f"the process {process.name} ({name}), which is not ours"
    return "a process that is not ours"
