"""What is there of a workload, compared with what is asked for."""

from typing import NamedTuple

import data_plan
import files
import following
import health
import limits
import paths
import podman
import records
import service
import tree
import units


class Observed(NamedTuple):
    record: dict | None
    units: dict  # in /etc, by name
    trial: dict  # in /run
    link: str | None
    state: dict  # systemd's
    container: dict | None  # only ours: a foreign one of the same name is refused elsewhere
    subnets: dict  # of networks that are there, by name

    @property
    def nothing(self):
        return not (self.record or self.units or self.trial or self.link or self.container)


def observe(workload, state=None):
    """:param state: what systemd says of it, if it was asked already."""
    names = podman.networks()
    etc = units.present(paths.ETC_UNITS, workload)
    return Observed(
        record=records.confirmed(workload),
        units=etc,
        trial=units.present(paths.RUN_UNITS, workload),
        link=files.link_target(paths.current(workload)),
        state=state or service.state(workload),
        container=podman.own(podman.container(workload), workload),
        subnets={
            name: podman.subnet(network)
            for name, network in names.items()
            if podman.labels(network).get(podman.LABEL) == workload
        },
    )


def runs(seen, request):
    """Whether exactly the requested units run, on the requested image and networks, within the requested limits. Files aside."""
    return (
        seen.units == request["units"]
        and can_become(seen, request)
        and limits.right(seen.container, request["units"][f"{request['workload']}.container"])
    )


def can_become(seen, request):
    """Whether what runs can go on running as what is requested: its units can follow, all else is as it should be."""
    declared = units.networks(request["units"])
    return (
        following.can_follow(seen.units, request["units"])
        and not seen.trial
        and seen.state["LoadState"] == "loaded"
        and seen.state["NeedDaemonReload"] == "no"
        and seen.state["ActiveState"] == "active"
        and seen.container is not None
        and seen.container["State"]["Running"]
        and seen.container["Image"] == podman.image_id(request["image"])
        and all(seen.subnets.get(name) == (subnet or seen.subnets.get(name)) for name, subnet in declared.items())
    )


def changed_files(seen, request):
    """Paths of configuration files in use that are not as requested."""
    if seen.link is None:
        return {file["path"] for file in request["files"]} | {""}
    return tree.differing(paths.config(request["workload"]) / seen.link, request["files"])


def serves(record, request):
    """Whether this content is confirmed, by the record, and serves: then nothing is to be done."""
    if record["request"]["content"] != request["content"]:
        return False
    seen = observe(request["workload"])
    return (
        runs(seen, request)
        and seen.link == request["filesHash"]
        and not changed_files(seen, request)
        and health.ask(request["health"]).healthy
    )


def action(seen, request):
    """The gentlest way from what is there to what is asked for.

    - `none`: what runs is right, only the record is to be written (a health command changed, say).
    - `reload`: only files changed that the application reads again at a signal.
    - `update`: limits, which podman changes in place, or lines that only systemd reads; files as well, if `reload` would do.
    - `create`, `restart`: anything else. What is not healthy is restarted: a reload may not cure it.
    """
    if seen.nothing:
        return "create"
    if data_plan.wants_restore(request, seen.record):
        return "restart"
    if not can_become(seen, request) or not health.ask((seen.record or {"request": request})["request"]["health"]).healthy:
        return "restart"
    changed = changed_files(seen, request)
    if changed and not _reloadable(changed, request["reload"]):
        return "restart"
    if not runs(seen, request):
        return "update"
    return "reload" if changed or seen.link != request["filesHash"] else "none"


def _reloadable(changed, rule):
    return rule is not None and all(_covered(path, rule["paths"]) for path in changed)


def _covered(path, rules):
    return any(path == rule or (rule.endswith("/") and path.startswith(rule)) for rule in rules)
