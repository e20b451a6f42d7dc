"""podman, as far as a workload needs it."""

import contextlib
import json

import commands
from errors import Failure, HostFailure

SECONDS = 60
LABEL = "homelab.workload"

_answers = None


class InUse(HostFailure):
    """A network that a container is on, running or not."""


@contextlib.contextmanager
def asked_once():
    """While nothing is changed: what podman has answered it is not asked again. A question takes a Pi a tenth of a second."""
    global _answers
    _answers = {}
    try:
        yield
    finally:
        _answers = None


@contextlib.contextmanager
def asked_ahead(workload, image):
    """Meanwhile all is asked at once that is asked of podman, one after the other, before this workload is changed."""
    questions = (containers, networks, lambda: container(workload), lambda: image_id(image))
    asked = [commands.Meanwhile(question) for question in questions]
    try:
        yield
    finally:
        # Whoever asks it again gets the same failure.
        for one in asked:
            one.join()


def container(name):
    """What `podman inspect` knows of a container, None if there is none."""
    done = _ask("container", "inspect", name)
    if done.ok:
        return json.loads(done.out)[0]
    if "no such container" in done.err:
        return None
    raise HostFailure(f"podman container inspect {name}: {done.reason()}")


def own(found, workload):
    """A container from {@link container} if it has our label, else None."""
    return found if found and (found["Config"]["Labels"] or {}).get(LABEL) == workload else None


def containers():
    """All containers, running or not, as `podman ps --format json` lists them."""
    return _list("ps", "--all", "--format", "json")


def networks():
    """All networks by name."""
    return {network["name"]: network for network in _list("network", "ls", "--format", "json")}


def subnet(network):
    """The first subnet of a network from {@link networks}, '' if it has none."""
    return next((entry["subnet"] for entry in network.get("subnets") or []), "")


def image_id(reference):
    """The id of a local image, None if it is not there. Ids compare where digests do not: an index has one, its image another."""
    done = _ask("image", "inspect", "--format", "{{.Id}}", reference)
    if done.ok:
        return done.out.strip()
    if "image not known" in done.err or "no such image" in done.err:
        return None
    raise HostFailure(f"podman image inspect {reference}: {done.reason()}")


def remove_container(name):
    """Removes a container of ours with all its processes, whatever state it is in."""
    found = container(name)
    if found is None:
        return
    if not own(found, name):
        raise Failure(f"the container {name} is not ours and was left alone")
    # Where systemd has killed its conmon, the first time ends the container, but fails, since nobody can tell its exit status.
    if not _podman("rm", "--force", "--time", "0", name).ok:
        _must("rm", "--force", "--time", "0", name)


def remove_network(name):
    """Removes a network; one that is not there is fine. Raises InUse for one that somebody is on."""
    done = _podman("network", "rm", name)
    if not done.ok and "being used" in done.err:
        raise InUse(f"podman network rm {name}: {done.reason()}")
    if not done.ok and "not found" not in done.err:
        raise HostFailure(f"podman network rm {name}: {done.reason()}")


def remove_image(reference):
    """Removes an image unless a container uses it. Returns whether it is gone."""
    return _podman("image", "rm", reference).ok


def take_out(image, path, target):
    """Copies a file out of a local image. None of its programs is run."""
    container_id = _must("create", "--pull", "never", image).out.strip()
    try:
        _must("cp", f"{container_id}:{path}", str(target))
    finally:
        _podman("rm", container_id)


def signal(name, which):
    """Sends a signal to the container's main process; a container that does not run is a failure."""
    _must("kill", "--signal", which, name)


def update(name, options):
    """Changes the limits of a container that runs; one that does not run is a failure."""
    _must("update", *options, name)


def execute(name, argv, seconds):
    """Runs a command in a running container."""
    return commands.run(["podman", "exec", name, *argv], seconds)


def labels(entry):
    """Labels of an entry of {@link containers} or {@link networks}; podman writes null for none."""
    return entry.get("Labels") or entry.get("labels") or {}


def _podman(*arguments):
    return commands.run(["podman", *arguments], SECONDS)


def _must(*arguments):
    return _succeeded(_podman(*arguments), arguments)


def _list(*arguments):
    return json.loads(_succeeded(_ask(*arguments), arguments).out or "[]") or []


def _ask(*arguments):
    """The same for what changes nothing: see {@link asked_once}."""
    if _answers is None:
        return _podman(*arguments)
    if arguments not in _answers:
        _answers[arguments] = _podman(*arguments)
    return _answers[arguments]


def _succeeded(done, arguments):
    if not done.ok:
        raise HostFailure(f"podman {' '.join(arguments)}: {done.reason()}")
    return done
