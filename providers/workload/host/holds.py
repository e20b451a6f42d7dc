"""Images that are held: they failed here, or were rolled back. The next `pulumi up` must not walk into them again."""

import json
import sys
import time

import files
import locks
import paths
import records
import times
from errors import Refused


def of(workload):
    """`Hold`s of ../protocol.ts by image."""
    try:
        return json.loads(files.text(paths.HELD / f"{workload}.json") or "{}")
    except ValueError:
        return {}


def hold(workload, image, tag, why, transaction):
    files.make_directory(paths.HELD)
    entry = {"imageTag": tag, "why": why, "transaction": transaction, "time": int(time.time())}
    files.write(paths.HELD / f"{workload}.json", json.dumps({**of(workload), image: entry}, indent=1))


def check(request):
    """Raises Refused for an image that is held, unless it is what serves."""
    workload, image = request["workload"], request["image"]
    record, held = records.confirmed(workload), of(workload).get(image)
    if not held or record and record["request"]["image"] == image:
        return
    raise Refused(
        f"{workload} {held['imageTag']} is held on this host since {times.text(held['time'])}: {held['why']} Nothing was stopped."
        f" To try it again all the same: npm run release -- {request['host']} {workload}"
    )


def release(workload):
    """The verb `release`: they may be tried again."""
    with locks.preparing(workload):
        held = of(workload)
        forget(workload)
    for image, entry in held.items():
        print(f"{workload} {entry['imageTag']} ({image.partition('@')[2][:19]}) is held no longer.")
    if not held:
        print(f"nothing of {workload} is held", file=sys.stderr)
    return 0 if held else 1


def forget(workload):
    """Of a workload that is gone."""
    files.remove(paths.HELD / f"{workload}.json")


def add(workload, image, tag, why):
    """The verb `hold`: a person went back from this image, whose tag the host has in no record by now."""
    hold(workload, image, tag, why, "")
    return 0
