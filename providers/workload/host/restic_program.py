"""/usr/local/bin/restic, taken out of the pinned image.

Not run in a container: going back at boot must need nothing but the local disk. The image stays, so that what a preview reads is
what was declared, and the program can be taken out again.
"""

import json
import sys

import commands
import files
import paths
import podman
import settings
from errors import Failure, Refused

PROGRAM = paths.ROOT / "usr/local/bin/restic"
IN_IMAGE = "/usr/bin/restic"
# Which image it was taken out of.
ORIGIN = paths.BACKUP / "restic-image"
# Exit codes 10 to 12, `copy`'s and `check`'s words in JSON, a missing source path as a failure.
OLDEST = (0, 19)
SECONDS = 30


def main():
    """The verb `install-restic`."""
    try:
        install()
    except (Failure, Refused) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def install():
    """Repeated, it does nothing: an image's name has its digest in it."""
    image = settings.load()["restic"]
    if files.text(ORIGIN) == image and PROGRAM.exists():
        return
    before = files.text(ORIGIN)
    files.make_directory(PROGRAM.parent, 0o755)
    draft = files.temporary(PROGRAM)
    try:
        podman.take_out(image, IN_IMAGE, draft)
        draft.chmod(0o755)
        _check_version(image, draft)
        files.sync(draft)
        files.rename(draft, PROGRAM)
    finally:
        files.remove(draft)
    files.make_directory(paths.BACKUP)
    files.write(ORIGIN, image)
    if before and before != image:
        podman.remove_image(before)


def _check_version(image, program):
    done = commands.run([str(program), "version", "--json"], SECONDS)
    try:
        version = json.loads(done.out)["version"]
        known = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{IN_IMAGE} of {image} does not say its version: {done.reason()}") from None
    if known < OLDEST:
        raise Failure(f"restic {version} of {image} is too old: the lab needs {OLDEST[0]}.{OLDEST[1]} or newer")
