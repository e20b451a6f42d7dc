"""Images of versions that are neither current nor previous go: on a Pi they would fill the card within a year."""

import contextlib
import json

import files
import holds
import paths
import podman
import records
import settings
from errors import Refused


def sweep(workload, gone=False):
    """Removes the images that this workload once used, or that were pulled for it, and that nobody needs any more.

    Needed are the current and the previous image of every workload, those that are held, and those of transactions that are on
    their way. podman itself keeps what a container uses.
    """
    record = records.confirmed(workload)
    if record is None:
        return
    kept = needed(but=workload if gone else None)
    known = sorted({*record["images"], *(strays(workload, record["request"]["image"]) if gone else ())})
    left = [image for image in known if image in kept or not podman.remove_image(image) and podman.image_id(image)]
    if left != record["images"] and not gone:
        records.write_confirmed(workload, {**record, "images": left})


def strays(workload, image):
    """Images that were pulled for a workload and came to no record: of a request that was refused, a creation that failed, an `up`
    in which another pull failed. Known by their repository, unless others have images of it, or may have one soon.

    What has a tag was not pulled by the lab, which goes by digest.
    """
    repository = f"{image.partition('@')[0]}@"
    coming = {*(files.text(paths.DECLARED) or "").split()} - {*records.all_confirmed(), workload}
    if coming or any(other.startswith(repository) for other in _confirmed(workload) | _on_their_way(workload) | _restic()):
        return []
    kept, found = {image, *needed()}, []
    for entry in podman.images():
        names = entry.get("RepoDigests") or []
        if names and not entry.get("RepoTags") and not kept & {*names} and all(name.startswith(repository) for name in names):
            found.append(names[0])
    return found


def needed(but=None):
    return _confirmed(but) | _on_their_way()


def _confirmed(but):
    found = set()
    for name, record in records.all_confirmed().items():
        if name != but:
            found |= {record["request"]["image"], record["previous"]["image"], *holds.of(name)}
    return found - {None}


def _on_their_way(but=None):
    found = set()
    for folder in (paths.STAGED, paths.JOURNAL):
        for path in folder.glob("[!.]*/request.json") if folder.is_dir() else ():
            with contextlib.suppress(ValueError, KeyError):
                if path.parent.name != but:
                    found.add(json.loads(files.text(path) or "{}")["request"]["image"])
    return found


def _restic():
    with contextlib.suppress(Refused):
        return {settings.load().get("restic", "")}
    return set()


def remember(journal):
    """A version that failed leaves its image: noted, so that it is removed when another one is confirmed."""
    record = records.confirmed(journal.workload)
    if record and journal.request.get("image") and journal.request["image"] not in record["images"]:
        # Where the disk is full the image stays: no reason for a revert to fail.
        with contextlib.suppress(OSError):
            known = sorted({*record["images"], journal.request["image"]})
            records.write_confirmed(journal.workload, {**record, "images": known})
