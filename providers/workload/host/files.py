"""Files that survive a power cut: written beside their place, synced, renamed, and the directory synced too.

Without the sync of the file a rename may reach the disk before the content; without that of the directory the rename may not
reach it at all.
"""

import hashlib
import os
import shutil
from pathlib import Path

# How the name of a directory ends that is on its way out.
GONE = ".homelab-gone"


def sync(path):
    """Brings a file's content, or a directory's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root):
    """Everything below and including a directory; links have no content of their own."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                sync(path)
        sync(folder)


def make_directory(path, mode=0o700):
    """With its parents, each entry synced. An existing one keeps its mode."""
    path = Path(path)
    if path.is_dir():
        return
    make_directory(path.parent, mode)
    path.mkdir(exist_ok=True)
    path.chmod(mode)
    sync(path.parent)


def temporary(path):
    """Where a file is written before it takes its place. Hidden, and with an ending that Quadlet does not read."""
    return path.with_name(f".{path.name}.homelab-new")


def write(path, content, mode=0o600):
    """Replaces a file in one step; content is text or bytes."""
    prepare(path, content, mode)
    rename(temporary(path), path)


def prepare(path, content, mode=0o600):
    """Writes a file beside its place, so that later a rename, which needs no space on the disk, is enough."""
    data = content.encode() if isinstance(content, str) else content
    descriptor = os.open(temporary(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def rename(source, target):
    """A rename that is on the disk when this returns."""
    os.rename(source, target)
    sync(Path(target).parent)
    if Path(source).parent != Path(target).parent:
        sync(Path(source).parent)


def remove(path):
    """Removes a file or link; one that is not there is fine. Returns whether it was there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    sync(Path(path).parent)
    return True


def remove_tree(path):
    """Removes a directory so that a power cut leaves all of it or none under its name."""
    path = Path(path)
    gone = path.with_name(f".{path.name}{GONE}")
    # Cut off once, it is not under its name any more.
    shutil.rmtree(gone, ignore_errors=True)
    if not path.is_dir() or path.is_symlink():
        remove(path)
        return
    rename(path, gone)
    shutil.rmtree(gone, ignore_errors=True)


def discard(path):
    """Takes a directory away from its name, in no time however much is in it. {@link sweep} deletes it when nobody waits."""
    path = Path(path)
    if path.is_dir() and not path.is_symlink():
        rename(path, path.with_name(f".{path.name}.{os.urandom(4).hex()}{GONE}"))


def sweep(folder):
    """Deletes what lay in a folder and was taken away: by {@link discard}, or by a removal that was cut off."""
    for gone in Path(folder).glob(f".*{GONE}"):
        shutil.rmtree(gone, ignore_errors=True)


def link_target(link):
    """Where a link points to, None if there is none."""
    try:
        return os.readlink(link)
    except OSError:
        return None


def switch_link(link, target):
    """Makes a relative link point elsewhere, in one step. Repeated, it does nothing."""
    if link_target(link) == target:
        return
    new = temporary(link)
    if link_target(new) != target:
        remove(new)
        os.symlink(target, new)
    rename(new, link)


def text(path):
    """A text file's content, None if it is not there."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def sha256(data):
    return hashlib.sha256(data).hexdigest()
