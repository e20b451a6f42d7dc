"""What a request brings, laid down before its transaction starts: it then needs neither the connection nor the request.

The directory becomes the transaction's journal.
"""

import json

import files
import paths
import request as requests
import tree
from errors import Refused


def stage(request, transaction):
    """Writes a request and its files. Whatever an earlier request left is gone: the caller holds the lock."""
    try:
        files.make_directory(paths.STATE, 0o755)
        files.make_directory(paths.STAGED)
        discard(request["workload"])
        root = paths.STAGED / request["workload"]
        root.mkdir(mode=0o700)
        if request["kind"] == "apply":
            tree.build(root / "files", request["files"])
        content = {"transaction": transaction, "request": requests.slim(request)}
        # Syncs the folder, too; the files are.
        files.write(root / "request.json", json.dumps(content))
    except OSError as error:
        discard(request["workload"])
        raise Refused(
            f"the files could not be written to {paths.STAGED}: {error.strerror}. Nothing was stopped."
            " Make room on the disk (or see why it cannot be written), then run `pulumi up` again."
        ) from error


def load(workload, transaction):
    """The staged request of this transaction, without the content of its files."""
    try:
        staged = json.loads(files.text(paths.STAGED / workload / "request.json") or "")
    except ValueError:
        staged = {}
    if staged.get("transaction") != transaction:
        raise Refused(f"nothing is staged for the transaction {transaction}. Run `pulumi up` again.")
    return staged["request"]


def discard(workload):
    files.remove_tree(paths.STAGED / workload)
