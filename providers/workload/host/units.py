"""Quadlet files: whose they are, where they lie, and how they come and go.

/run/containers/systemd goes before /etc/containers/systemd for the same name: a unit on trial lies there and is gone after a
power cut. A confirmed one lies in /etc.
"""

import re

import files
import paths

ENDINGS = (".container", ".network")


def mark(workload):
    """The first line of each of our units; a file without it is foreign."""
    return f"# homelab: {workload}"


def owner(text):
    """The workload that a unit's mark names, None for a foreign one."""
    found = re.match(r"# homelab: (\S+)\n", text)
    return found.group(1) if found else None


def lines(text):
    """The (section, key, value) that a unit's text has, in order, continued lines joined, comments left out."""
    section = ""
    for line in map(str.strip, text.replace("\\\n", " ").splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            yield section, key.strip(), value.strip()


def values(text, section, key):
    """All values of a key, in order."""
    return [value for place, name, value in lines(text) if (place, name) == (section, key)]


def value(text, section, key):
    """The last value of a key, '' if it has none."""
    return next(reversed(values(text, section, key)), "")


def networks(texts):
    """Names and declared subnets of the networks among a workload's units. A network has its file's name."""
    declared = {name: text for name, text in texts.items() if name.endswith(".network")}
    return {name.removesuffix(".network"): value(text, "Network", "Subnet") for name, text in declared.items()}


def published(texts):
    """The (address, port, protocol) that a workload's container publishes; '' for every address."""
    ports = []
    for name, text in texts.items():
        if name.endswith(".container"):
            ports += [_published(entry) for entry in values(text, "Container", "PublishPort")]
    return [port for port in ports if port]


def _published(entry):
    found = re.fullmatch(r"(?:(\[[^]]+\]|[\d.]+):)?(\d+):\d+(?:/(tcp|udp))?", entry)
    if not found:
        return None
    return (found.group(1) or "").strip("[]"), int(found.group(2)), found.group(3) or "tcp"


def present(directory, workload):
    """Texts of a workload's unit files in one of the directories, by name; drop-ins of its units as `<unit>.d/<name>`.

    A drop-in counts: made by hand, it changes what runs as an edit of the unit does.
    """
    found = {}
    if not directory.is_dir():
        return found
    for path in sorted(directory.iterdir()):
        if path.suffix in ENDINGS and path.is_file():
            # Another workload's transaction may take its own away in this moment.
            text = files.text(path) or ""
            if owner(text) == workload:
                found[path.name] = text
    for ending in ENDINGS:
        for path in sorted((directory / f"{workload}{ending}.d").glob("*.conf")):
            found[f"{path.parent.name}/{path.name}"] = files.text(path)
    return found


def put_on_trial(texts, confirmed):
    """Writes units to /run. A drop-in that is no longer wanted is covered by an empty one of the same name."""
    covers = {name: "" for name in confirmed if "/" in name and name not in texts}
    for name, text in {**texts, **covers}.items():
        path = paths.RUN_UNITS / name
        files.make_directory(path.parent, 0o755)
        files.write(path, text, 0o644)


def drop_trial(workload):
    """Takes a workload's units out of /run. Returns whether there were any."""
    return _remove(paths.RUN_UNITS, present(paths.RUN_UNITS, workload))


def prepare(texts):
    """Writes units beside their place in /etc: confirming them is then a rename, for which a full disk has room.

    A read-only /etc shows here, before anything is stopped.
    """
    for name, text in texts.items():
        files.make_directory((paths.ETC_UNITS / name).parent, 0o755)
        files.prepare(paths.ETC_UNITS / name, text, 0o644)


def discard_prepared(workload):
    """Removes what `prepare` wrote and nobody confirmed."""
    for path in paths.ETC_UNITS.glob(".*.homelab-new") if paths.ETC_UNITS.is_dir() else ():
        if owner(files.text(path) or "") == workload:
            files.remove(path)


def install(texts, workload):
    """Makes /etc hold exactly these units of a workload. Repeated, it does nothing."""
    there = present(paths.ETC_UNITS, workload)
    for name, text in texts.items():
        path = paths.ETC_UNITS / name
        if there.get(name) == text:
            files.remove(files.temporary(path))
        elif files.text(files.temporary(path)) == text:
            files.rename(files.temporary(path), path)
        else:
            files.make_directory(path.parent, 0o755)
            files.write(path, text, 0o644)
    _remove(paths.ETC_UNITS, [name for name in there if name not in texts])


def uninstall(workload):
    """Takes a workload's units out of /etc and /run."""
    for directory in (paths.ETC_UNITS, paths.RUN_UNITS):
        _remove(directory, present(directory, workload))


def _remove(directory, names):
    for name in names:
        files.remove(directory / name)
        if "/" in name and not any((directory / name).parent.iterdir()):
            (directory / name).parent.rmdir()
    return bool(names)
