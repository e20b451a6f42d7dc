"""Which snapshots are kept. Done by the host whose disk it is, and by nobody else.

Always `--keep-within…`, which counts from the newest snapshot: a host that was taken over could otherwise push the good ones out by
many new ones.
"""

import contextlib
import time

import locks
import places
import restic
import results
import state_copy
import unproven

# First by what the data is worth, then 4 weekly and 6 monthly after that.
KEPT = {
    "database": ["--keep-within-hourly", "3d", "--keep-within-weekly", "31d", "--keep-within-monthly", "7m"],
    "state": ["--keep-within-daily", "30d", "--keep-within-weekly", "58d", "--keep-within-monthly", "8m"],
    "configuration": ["--keep-within-daily", "90d", "--keep-within-weekly", "118d", "--keep-within-monthly", "10m"],
}
# What a version has to run to have proved good. Until then the data of the one before is kept; that of the last change always is.
PROVED_SECONDS = 14 * 86400
HELPERS_SECONDS = 86400


def main():
    """The verb `forget`: thins out the first repository, what is kept for others, and the places that are this host's to thin out."""
    done = [results.job("forget", repository.name, lambda at=repository: thin_out_there(at)) for repository in places.own()]
    return 0 if all(done) else 1


def thin_out_there(repository):
    """In turn with upgrades, where it is the repository that they need."""
    turn = locks.repository() if repository.name == places.LOCAL else contextlib.nullcontext()
    with locks.maintenance(), turn:
        if places.exists(repository):
            if repository.name == places.LOCAL:
                forget_unproven(repository)
            thin_out(repository)


def forget_unproven(repository):
    """What was never known to be whole goes first: it must not be kept in the place of the good one of the same hour."""
    left = unproven.left()
    half = [snapshot.id for snapshot in restic.snapshots(repository) if snapshot.tags.get(unproven.TAG) in left]
    if half:
        restic.forget(repository, half)
    for mark in left:
        unproven.remove(mark)


def thin_out(repository):
    """Forgets by class, workload by workload, and gives the room free."""
    snapshots = restic.snapshots(repository)
    for workload in sorted({snapshot.tags.get("workload", "") for snapshot in snapshots} - {""}):
        own = [snapshot for snapshot in snapshots if snapshot.tags.get("workload") == workload]
        restorable = [snapshot for snapshot in own if snapshot.tags.get("kind") in places.RESTORABLE]
        if restorable:
            restic.run(repository, ["forget", *arguments(workload, restorable, time.time())], restic.LONG)
        forget_helpers(repository, own)
    if any(snapshot.tags.get("of") == state_copy.TAGS["of"] for snapshot in snapshots):
        # Here the newest thirty are left by whoever brings one; elsewhere nobody else looks after them.
        restic.run(repository, ["forget", "--group-by", "", "--tag", f"of={state_copy.TAGS['of']}", *KEPT["configuration"]])
    restic.run(repository, ["prune"], restic.LONG, gentle=True)


def arguments(workload, snapshots, now):
    """What `restic forget` is told of a workload. :param snapshots: those that can be restored, oldest first."""
    words = ["--group-by", ""]
    for kind in places.RESTORABLE:
        words += ["--tag", f"workload={workload},kind={kind}"]
    # A class that this version does not know keeps the most.
    words += KEPT.get(snapshots[-1].tags.get("retention"), KEPT["configuration"])
    for transaction in rollback_points(snapshots, now):
        words += ["--keep-tag", f"transaction={transaction}"]
    return words


def rollback_points(snapshots, now):
    """Transactions whose snapshots are kept whatever their age: the last, and those whose new version has not proved good yet.

    The last may be one that failed. What one goes back to is then that of the last whose version did get the data.
    """
    cold = [snapshot for snapshot in snapshots if snapshot.tags.get("kind") in ("cold", "last") and "transaction" in snapshot.tags]
    young = [snapshot for snapshot in cold if now - places.seconds(snapshot.time) < PROVED_SECONDS]
    came_up = [snapshot for snapshot in cold if _came_up(snapshot, snapshots)]
    return sorted({snapshot.tags["transaction"] for snapshot in (*cold[-1:], *came_up[-1:], *young)})


def _came_up(point, snapshots):
    """Whether the version for which a snapshot was taken wrote what was saved after it. Copies of others tell that, too."""
    return any(later.tags.get("image") == point.tags.get("to", "") for later in snapshots[snapshots.index(point) + 1 :])


def forget_helpers(repository, snapshots):
    """What only helped a cold backup, and was left by an upgrade that did not come to its end."""
    old = [
        snapshot.id
        for snapshot in snapshots
        if snapshot.tags.get("kind") not in places.RESTORABLE and time.time() - places.seconds(snapshot.time) > HELPERS_SECONDS
    ]
    if old:
        restic.forget(repository, old)
