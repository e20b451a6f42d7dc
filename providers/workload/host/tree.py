"""A workload's configuration directory: named by the hash of its content, owner root, readable by the application's group."""

import base64
import os
import shutil
from pathlib import Path

import files
import paths

FILE_MODE = 0o640
FOLDER_MODE = 0o750


def build(root, staged_files):
    """Writes the files of a request (with their content) below a new directory and syncs all of it."""
    gids = {file["gid"] for file in staged_files}
    root.mkdir(mode=FOLDER_MODE)
    _own(root, min(gids, default=0), FOLDER_MODE)
    for file in staged_files:
        path = root / file["path"]
        for folder in reversed(path.relative_to(root).parents[:-1]):
            (root / folder).mkdir(exist_ok=True)
            _own(root / folder, file["gid"], FOLDER_MODE)
        path.write_bytes(base64.b64decode(file["base64"]))
        _own(path, file["gid"], FILE_MODE)
    files.sync_tree(root)


def _own(path, gid, mode):
    os.chown(path, 0, gid)
    path.chmod(mode)


def differing(root, manifest):
    """Paths that are missing, changed in content, owner or mode, or that nobody declared."""
    declared = {file["path"]: file for file in manifest}
    there = set(below(root))
    return {path for path in there | set(declared) if path not in declared or not _matches(Path(root, path), declared[path])}


def below(root):
    """Relative paths of all files and links below a directory."""
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in [*names, *links]:
            yield os.path.relpath(os.path.join(folder, name), root)


def _matches(path, file):
    if path.is_symlink() or not path.is_file():
        return False
    status = path.stat()
    right = status.st_uid == 0 and status.st_gid == file["gid"] and status.st_mode & 0o7777 == FILE_MODE
    return right and files.sha256(path.read_bytes()) == file["sha256"]


def move_edits_aside(workload, name, manifest):
    """Gives a directory that was edited by hand another name, so that the right one can take its own.

    The container goes on with the edited files until the transaction switches, and gets them back if it fails.
    """
    root = paths.config(workload) / name
    if files.link_target(paths.current(workload)) != name or not differing(root, manifest):
        return
    edited = root.with_name(f"{name}.edited")
    files.remove_tree(edited)
    shutil.copytree(root, edited, symlinks=True)
    for path in [root, *root.rglob("*")]:
        os.chown(edited / path.relative_to(root), path.lstat().st_uid, path.lstat().st_gid, follow_symlinks=False)
    files.sync_tree(edited)
    files.sync(edited.parent)
    files.switch_link(paths.current(workload), edited.name)


def place(workload, name, staged, manifest):
    """Puts a staged directory in its place; one that is there already and right stays."""
    target = paths.config(workload) / name
    if target.is_dir() and not differing(target, manifest):
        return
    if staged.is_dir():
        # Readable in passing: the container's user looks into the folder that is mounted.
        files.make_directory(target.parent, 0o755)
        files.remove_tree(target)
        files.rename(staged, target)


def sweep(workload, keep):
    """Removes configuration directories but these: they hold old keys."""
    for path in paths.config(workload).glob("*"):
        if path.name not in {"current", *keep}:
            files.remove_tree(path)
