"""Images of versions that are neither current nor previous go: on a Pi they would fill the card within a year."""

import contextlib
import json

import files
import holds
import paths
import podman
import records


def sweep(workload, gone=False):
    """Removes the images that this workload once used and that nobody needs any more.

    Needed are the current and the previous image of every workload, those that are held, and those of transactions that are on
    their way. podman itself keeps what a container uses.
    """
    record = records.confirmed(workload)
    if record is None:
        return
    kept = needed(but=workload if gone else None)
    left = [image for image in record["images"] if image in kept or not podman.remove_image(image) and podman.image_id(image)]
    if left != record["images"] and not gone:
        records.write_confirmed(workload, {**record, "images": left})


def needed(but=None):
    found = set()
    for name, record in records.all_confirmed().items():
        if name != but:
            found |= {record["request"]["image"], record["previous"]["image"], *holds.of(name)}
    for folder in (paths.STAGED, paths.JOURNAL):
        for path in folder.glob("[!.]*/request.json") if folder.is_dir() else ():
            try:
                found.add(json.loads(files.text(path) or "{}")["request"]["image"])
            except (ValueError, KeyError):
                continue
    return found


def remember(journal):
    """A version that failed leaves its image: noted, so that it is removed when another one is confirmed."""
    record = records.confirmed(journal.workload)
    if record and journal.request.get("image") and journal.request["image"] not in record["images"]:
        # Where the disk is full the image stays: no reason for a revert to fail.
        with contextlib.suppress(OSError):
            known = sorted({*record["images"], journal.request["image"]})
            records.write_confirmed(journal.workload, {**record, "images": known})
