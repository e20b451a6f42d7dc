"""Whether repositories still hold what they say they do: their structure each time, and of their data each time another part."""

import locks
import places
import restic
import results

# Parts that the data is read in, one a day: over a week on a disk, over a month over a line that may cost something.
PARTS_ON_DISK, PARTS_ELSEWHERE = 7, 30


def main():
    """The verb `check`."""
    done = [results.job("check", repository.name, lambda at=repository: check(at)) for repository in places.own()]
    return 0 if all(done) else 1


def check(repository):
    """Checks one part, whose number it returns. One in which something is wrong is the next again.

    Without restic's own lock, which would keep upgrades waiting: who adds does no harm, who prunes waits for ours.
    """
    total = PARTS_ON_DISK if repository.local else PARTS_ELSEWHERE
    with locks.maintenance():
        if not places.exists(repository):
            return None
        part = next_part(results.load().get("check", {}).get(repository.name, {}), total)
        restic.run(repository, ["check", "--no-lock", f"--read-data-subset={part}/{total}"], restic.LONG, gentle=True)
    return {"part": part}


def next_part(before, total):
    """Of what was kept of the last check; the number of the part is there only if it was good."""
    return before.get("part", 0) % total + 1
