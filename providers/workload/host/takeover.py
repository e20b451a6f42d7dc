"""What a workload takes over from one that is no longer declared: a port, or the addresses of its network.

Pulumi deletes last, when all that is new serves. So who comes in the place of a dropped or renamed workload finds that one there
still. Its own transaction stops it, and starts it again if the new one does not serve; confirmed, it takes the old one's units
away. The old one's data, files and record stay until Pulumi removes it.
"""

import files
import journal as journals
import networks
import paths
import podman
import ports
import records
import service
import units
from errors import Failure, Refused


def leaving():
    """Workloads of ours that are not declared any more. Without the list of those that are, nobody is."""
    declared = files.text(paths.DECLARED)
    return [] if declared is None else [name for name in records.all_confirmed() if name not in declared.split()]


def predecessors(request, containers):
    """Names of those that have to go down for this request.

    Raises Refused where a port is anybody else's.
    """
    workload, gone = request["workload"], leaving()
    found = ports.check(workload, units.published(request["units"]), containers, gone)
    wanted = [subnet for subnet in units.networks(request["units"]).values() if subnet]
    for network in podman.networks().values():
        owner, subnet = podman.labels(network).get(podman.LABEL), podman.subnet(network)
        if owner in gone and owner != workload and any(_overlap(subnet, other) for other in wanted):
            found.add(owner)
    unsettled = sorted(found.intersection(journals.open_workloads()))
    if unsettled:
        raise Refused(
            f"{workload} takes the place of {unsettled[0]}, of which a transaction has not ended:"
            f" see `systemctl status {paths.settle_unit(unsettled[0])}` on the host, then run `pulumi up` again."
        )
    return sorted(found)


def _overlap(one, other):
    import ipaddress

    return one != "" and ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


def stop(journal):
    """Takes them down, each within its own time. Their networks are made again by their next start."""
    for name in _names(journal):
        service.stop(name, records.confirmed(name)["request"]["stopSeconds"])
        theirs = [network for network, entry in podman.networks().items() if podman.labels(entry).get(podman.LABEL) == name]
        networks.remove(name, theirs)


def retire(journal):
    """They are started no more, not at the next boot either. systemd has to be told to read its units again."""
    for name in _names(journal):
        units.uninstall(name)


def give_back(journal):
    """Starts them again. Returns what to tell a person."""
    told = []
    for name in _names(journal) if journal.reached("stopping") else ():
        try:
            service.start(name)
            service.wait_until_serving(records.confirmed(name)["request"], int(service.state(name)["NRestarts"] or 0))
            told.append(f"{name}, whose place it was to take, serves.")
        except Failure as failure:
            told.append(f"{name}, whose place it was to take, was started again but does not serve: {failure}")
    return "".join(f"\n{line}" for line in told)


def words(journal):
    """For the outcome of one that is confirmed."""
    names = _names(journal)
    return f" It took the place of {', '.join(names)}, which Pulumi removes next." if names else ""


def _names(journal):
    # A journal that an earlier version of this program wrote knows of none.
    return journal.facts.get("predecessors", [])
