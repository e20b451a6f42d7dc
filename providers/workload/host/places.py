"""The repositories of this host: its own, the places that it copies to, and the copies of others that it keeps."""

import os
import socket
import sys
from pathlib import Path
from typing import NamedTuple

import files
import paths
import restic
import settings
import unproven
from errors import Failure

LOCAL = "local"
# Where the first repository lies unless the configuration says otherwise (lab/backup/plan.ts).
OWN_DISK = paths.BACKUP / "repository"
# Locations at which a first repository was seen: one that is gone later was not just never made.
SEEN = paths.BACKUP / "repository-seen"
# Which disk this is (lab/preparation.ts), and by the settings which one it was when the host came into the lab.
DISK = paths.STATE / "disk"

RESTORABLE = ("hot", "cold", "last")
CONNECT_SECONDS = 5


class Place(NamedTuple):
    """`prune`: whether this host thins it out."""

    repository: restic.Repository
    prune: bool


def local():
    """The first repository, on a disk of this host. It may not be there yet: {@link ensure_local}."""
    return restic.Repository(settings.load()["repository"], str(settings.PASSWORD), {}, LOCAL)


def others():
    """The places that copies go to."""
    found = []
    for place in settings.load()["places"]:
        environment = dict(place["environment"])
        if place.get("credentials"):
            environment |= restic.environment_file(paths.ROOT / place["credentials"].lstrip("/"))
        repository = restic.Repository(place["repository"], str(settings.PASSWORD), environment, place["name"], ssh=place.get("ssh"))
        found.append(Place(repository, place["prune"]))
    return found


def kept():
    """Copies of other hosts that lie here. Who owns the files goes on owning them: rest-server has to read what is written."""
    found = []
    for copy in settings.load()["keeps"]:
        if not os.path.isdir(copy["repository"]):
            continue  # Nobody has brought any yet.
        owner = os.stat(copy["repository"])
        repository = restic.Repository(copy["repository"], copy["password"], {}, f"copy of {copy['host']}")
        found.append(Place(repository._replace(owner=(owner.st_uid, owner.st_gid)), True))
    return found


def own():
    """The repositories that are this host's to thin out and to check: its first, the copies on its disk, places that let it."""
    return [local(), *(place.repository for place in (*kept(), *others()) if place.prune)]


def ensure_local():
    """The first repository, made when it is needed for the first time.

    One that was there and is gone is not made anew: most likely its disk is not mounted, and whoever lost it has to know.
    """
    repository = local()
    if not exists(repository):
        files.make_directory(Path(repository.location).parent)
        restic.init(repository)
    _remember(repository)
    return repository


def renew():
    """The verb `new-repository`: forgets that there was one, and makes another."""
    files.remove(SEEN)
    try:
        print(f"{ensure_local().location} is there")
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def _seen():
    return (files.text(SEEN) or "").splitlines()


def _remember(repository):
    if repository.location not in _seen():
        files.make_directory(SEEN.parent)
        files.write(SEEN, "".join(f"{line}\n" for line in [*_seen(), repository.location]))


def check_mounted(repository):
    """A folder of this host that is to be on another disk has to be on one: unplugged, its mount point would fill the card."""
    # What is kept for others belongs here.
    if not repository.local or repository.owner or repository.location == str(OWN_DISK):
        return
    nearest = Path(repository.location)
    while not nearest.exists():
        nearest = nearest.parent
    if os.stat(nearest).st_dev == os.stat(paths.ROOT).st_dev:
        raise Failure(f"{repository.location} is on the Pi's own disk: what is to be mounted there is not")


def exists(repository):
    """Whether the repository is there. Raises Failure where it does not answer, does not open, is not mounted, or is gone."""
    check_mounted(repository)
    check_reachable(repository)
    if restic.exists(repository):
        return True
    if repository.name == LOCAL and repository.location in _seen():
        raise Failure(
            f"the repository {repository.location} was there and is gone. Is its disk mounted? If it is lost: homelab new-repository"
        )
    return False


def check_reachable(repository):
    """restic itself tries for minutes. Another Pi that is off is told at once."""
    address = _address(repository)
    if address is None:
        return
    try:
        socket.create_connection(address, CONNECT_SECONDS).close()
    except OSError as error:
        raise Failure(f"{address[0]}:{address[1]} does not answer: {error.strerror or error}") from None


def _address(repository):
    """Host and port of its server, None where nothing is known of one."""
    if repository.ssh:
        return repository.ssh["host"], repository.ssh["port"]
    if not repository.location.startswith("rest:"):
        return None
    from urllib.parse import urlsplit

    url = urlsplit(repository.location.removeprefix("rest:"))
    return url.hostname, url.port or (443 if url.scheme == "https" else 80)


def restorable(repository, workload=None):
    """Snapshots that a workload, or any, can be restored from: oldest first."""
    tags = {"workload": workload} if workload else {}
    return [snapshot for snapshot in whole(repository, **tags) if "workload" in snapshot.tags]


def whole(repository, **tags):
    """Snapshots with all of these tags that are somebody's backup: no helpers, and none that is not known to be complete."""
    marked = unproven.names()
    found = restic.snapshots(repository, **tags)
    # What was forgotten meanwhile had its mark before, what was begun meanwhile has it now.
    marked |= unproven.names()
    return [one for one in found if one.tags.get("kind") in RESTORABLE and one.tags.get(unproven.TAG) not in marked]


def never_saved():
    """Whether nothing of this host can be anywhere: it has the disk that it came into the lab with, and never had a repository.

    It makes the first `up` of a lab go through, where no place is there yet. A Pi with a new disk has another one than the state
    knows, so that it asks everybody.
    """
    disk = (files.text(DISK) or "").strip()
    return disk != "" and disk == settings.load()["disk"] and not _seen()


def seconds(time):
    """RFC 3339 as whole seconds since 1970."""
    return restic.moment(time)[0]
