"""Requests of the provider, checked: `ApplyRequest` and `RemoveRequest` of ../protocol.ts."""

import base64
import json
import os
import re

import files
import paths
import units
from errors import Refused

VERSION = 2

WORKLOAD = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
UNIT = re.compile(r"[a-z0-9][a-z0-9-]*\.(container|network)")
ID = re.compile(r"[0-9a-f]{4,16}")
HASH = re.compile(r"[0-9a-f]{64}")
SNAPSHOT = re.compile(r"[0-9a-f]{8,64}(/[\w.:-]+)?")


def parse(text, kind):
    """A request as a dictionary, with `kind` (`apply` or `remove`) added, and `sha256` to each file.

    Names become paths on this host, so each is checked; the rest is the word of our own provider.
    """
    try:
        request = json.loads(text)
    except ValueError as error:
        raise Refused(f"the request is no JSON: {error}") from None
    version = request.get("version") if isinstance(request, dict) else None
    if version != VERSION:
        raise Refused(
            f"the request is of version {version}, the program on this host of version {VERSION}."
            " Run `pulumi up` again: it installs the host's program first."
        )
    _demand(WORKLOAD.fullmatch(str(request.get("workload"))), "workload", request.get("workload"))
    try:
        if kind == "apply":
            _check_apply(request)
        elif not isinstance(request["deleteData"], bool):
            raise KeyError("deleteData")
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"the request is not complete: {error}") from None
    request.setdefault("id", os.urandom(4).hex())
    _demand(ID.fullmatch(str(request["id"])), "id", request["id"])
    _demand(SNAPSHOT.fullmatch(str(request.get("restore") or "0" * 8)), "restore", request.get("restore"))
    return {"host": os.uname().nodename, "commit": "", "restoring": False, "initialise": False, **request, "kind": kind}


def _check_apply(request):
    _demand(HASH.fullmatch(request["content"]), "content", request["content"])
    _demand(HASH.fullmatch(request["filesHash"]), "filesHash", request["filesHash"])
    for name, text in request["units"].items():
        _demand(UNIT.fullmatch(name), "unit name", name)
        _demand(units.owner(text) == request["workload"], f"first line of {name}", text.partition("\n")[0])
        if name.endswith(".network"):
            network = units.value(text, "Network", "NetworkName")
            _demand(network == name.removesuffix(".network"), f"NetworkName in {name}", network)
    _check_container(request)
    for file in request["files"]:
        parts = file["path"].split("/")
        _demand(all(part not in ("", ".", "..") for part in parts), "file path", file["path"])
        file["sha256"] = files.sha256(base64.b64decode(file["base64"], validate=True))
        int(file["gid"])
    for directory in request["directories"]:
        path = directory["path"]
        _demand(re.fullmatch(r"(/[^/\0]+)+", path) and "/.." not in path, "directory", path)
    _demand(request["health"]["command"], "health command", request["health"]["command"])
    for key in ("attemptSeconds", "withinSeconds"):
        _demand(request["health"][key] > 0, key, request["health"][key])
    _demand(request["stopSeconds"] >= 0, "stopSeconds", request["stopSeconds"])
    request["reload"], request["validate"], request["image"], request["imageTag"], request["restore"]  # all there, null or not
    if request["backup"]:
        root = f"{paths.DATA / request['workload']}/"
        for path in request["backup"]["paths"]:
            _demand(path.startswith(root) and "/" not in path.removeprefix(root), "folder to back up", path)


def _check_container(request):
    """The one container is the workload's: what else would be started could not be found again."""
    name = f"{request['workload']}.container"
    containers = [unit for unit in request["units"] if unit.endswith(".container")]
    _demand(containers == [name], "container units", containers)
    text = request["units"][name]
    for key, wanted in (("ContainerName", request["workload"]), ("Pull", "never")):
        _demand(units.value(text, "Container", key) == wanted, f"{key} in {name}", units.value(text, "Container", key))
    label = f"homelab.workload={request['workload']}"
    _demand(label in units.values(text, "Container", "Label"), f"Label in {name}", label)
    digest = request["image"].partition("@")[2]
    _demand(digest and units.value(text, "Container", "Image").endswith(f"@{digest}"), f"Image in {name}", request["image"])


def _demand(condition, what, value):
    if not condition:
        raise Refused(f"the request cannot be carried out: {what} is {value!r}")


def again(record, restore):
    """The request of what is confirmed once more, as {@link parse} gives it, with other data. Files are as they lie on the host."""
    request = record["request"]
    folder = paths.config(request["workload"]) / request["filesHash"]
    whole = []
    for file in request["files"]:
        content = (folder / file["path"]).read_bytes() if (folder / file["path"]).is_file() else None
        if content is None or files.sha256(content) != file["sha256"]:
            raise Refused(f"{folder / file['path']} was changed by hand. Run `pulumi up --refresh` first.")
        whole.append({**file, "base64": base64.b64encode(content).decode()})
    content = files.sha256(f"{request['content']} {restore}".encode())
    changes = {"files": whole, "restore": restore, "restoring": True, "content": content, "id": os.urandom(4).hex()}
    return parse(json.dumps({**request, **changes}), "apply")


def slim(request):
    """The request without its files' content: what journals and records keep, free of secrets."""
    if "files" not in request:
        return request
    without = [{key: file[key] for key in ("path", "gid", "secret", "sha256")} for file in request["files"]]
    return {**request, "files": without}
