"""Images of versions that are neither current nor previous go: on a Pi they would fill the card within a year."""

import contextlib
import json

import commands
import files
import holds
import paths
import podman
import records
from errors import Failure, HostFailure

SYNC_SECONDS = 600


def bring_to_disk():
    """What was pulled seconds ago. podman syncs nothing of it (containers/podman#8005): after a power cut the image would be there,
    its files empty, and a version that was confirmed would not start again.
    """
    done = commands.run(["sync", "--file-system", str(paths.PODMAN_STORAGE)], SYNC_SECONDS)
    if not done.ok:
        raise HostFailure(f"the image could not be brought to the disk: {done.reason()}")


def sweep(workload, gone=False):
    """Removes the images that this workload once used and that nobody needs any more.

    Needed are the current and the previous image of every workload, those that are held, and those of transactions that are on
    their way. podman itself keeps what a container uses.
    """
    record = records.confirmed(workload)
    if record is None:
        return
    kept = needed(but=workload if gone else None)
    left = [image for image in record["images"] if image in kept or not podman.remove_image(image) and _may_be_there(image)]
    if left != record["images"] and not gone:
        records.write_confirmed(workload, {**record, "images": left})


def _may_be_there(image):
    """A podman that does not answer is no reason for a transaction to fail at its end."""
    try:
        return podman.image_id(image) is not None
    except Failure:
        return True


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
