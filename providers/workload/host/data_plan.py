"""What a transaction does about a workload's data: decided before it does anything."""

import os
import stat

import paths
from errors import Refused


def plan(request, record, action, found=None):
    """What a transaction does about the data; None if nothing.

    - `save`: another version gets what one has written, so a backup comes first. A label, a limit, a file need none.
    - `restore`: the place that is asked first, and the snapshot whose data takes the place.
    - `fresh`: it is new and has no data: there is nothing to go back to, and what it makes of nothing is worth nothing.

    :param record: of what is confirmed; :param found: (place, snapshot) to begin a new workload with.
    """
    recipe = recipe_of(request, record)
    if not recipe or action not in ("create", "restart"):
        return None
    save = wants_backup(request, record)
    restore = found or wants_restore(request, record) and ("local", request["restore"].partition("/")[0])
    fresh = action == "create" and is_empty(request["workload"])
    if not save and not restore and not fresh:
        return None
    return {"save": save, "restore": restore or None, "fresh": fresh, "recipe": recipe}


def recipe_of(request, record):
    """Its own recipe knows the old version's folders, also where the new one has none any more; else the new one's has to do.

    Of data that a removed workload left, as far as it goes: a volume that is new in the file was not there yet.
    """
    recipe = (record or {}).get("request", {}).get("backup") or request["backup"]
    if record or not recipe or is_empty(request["workload"]):
        return recipe
    return {**recipe, "paths": [path for path in recipe["paths"] if os.path.isdir(path)]}


def wants_backup(request, record):
    """Whether another version gets data that one has written. Of data that a removed workload left nobody knows which one wrote it."""
    recipe = recipe_of(request, record)
    if not recipe:
        return False
    return record["request"]["image"] != request["image"] if record else _has_content(recipe)


def _has_content(recipe):
    """Whether there is anything to save. Empty files are none: a backup of nothing else fails."""
    found = (os.path.join(folder, name) for path in recipe["paths"] for folder, _, names in os.walk(path) for name in names)
    return any(stat.S_ISREG(status.st_mode) and status.st_size for status in map(os.lstat, found))


def wants_restore(request, record):
    """Whether a restore is asked for now, and was not carried out yet: the request may come again after its connection broke.

    What was asked for once stays in the requests that follow. It is not what the record says where a person had other data
    back since, or where the host has lost everything: data that is newer must not go for it.
    """
    done = record and record["request"].get("restore")
    return bool(request.get("restore") and request["restoring"] and request["restore"] != done)


def check_restore(request, record):
    """Raises Refused for a restore that would bring nothing back: without a recipe nobody knows what the data is."""
    if wants_restore(request, record) and not recipe_of(request, record):
        workload, snapshot = request["workload"], request["restore"].partition("/")[0][:8]
        raise Refused(
            f"{workload} has no `backup` in its file, which says what its data is: a snapshot cannot take its place. Nothing was"
            f" stopped. To have what is in it beside everything: homelab restore {workload} --snapshot {snapshot} --to <folder>"
        )


def is_empty(workload):
    """Whether there is no data at all: no file below any of its folders."""
    root = paths.DATA / workload
    return not any(names for _, _, names in os.walk(root))
