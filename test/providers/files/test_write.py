"""What becomes of a directory of a host when its files are written: below a folder of its own, as anybody."""

import base64
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(tempfile.mkdtemp(prefix="homelab-files-"))
os.environ["HOMELAB_ROOT"] = str(ROOT)
sys.path.insert(0, os.environ["WRITER"])
sys.dont_write_bytecode = True

import write  # noqa: E402

# What the host's own reader is asked with; it stands alone.
READER = Path(os.environ["READER"])
PLACE = "/etc/app"
THERE = ROOT / "etc/app"


def content(text, mode="0644", secret=False):
    return {"base64": base64.b64encode(text.encode()).decode(), "mode": mode, "secret": secret}


def request(files, **changes):
    files = {name: file if isinstance(file, dict) else content(file) for name, file in files.items()}
    return {"path": PLACE, "exclusive": True, "owner": {"user": 0, "group": 0}, "activate": "", "files": files, **changes}


class Power(BaseException):
    """Is cut."""


class Directory(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(ROOT, ignore_errors=True)
        ROOT.mkdir()
        self.owners = {}
        # Only root may give a file away.
        chown = mock.patch.object(os, "chown", self.give)
        chown.start()
        self.addCleanup(chown.stop)

    def give(self, path, user, group, **_):
        self.owners[Path(path).name] = (user, group)

    def bring(self, files, **changes):
        with mock.patch.object(sys, "stdin", io.StringIO(json.dumps(request(files, **changes)))):
            write.main()

    def refused(self, files, **changes):
        with self.assertRaises(SystemExit) as refusal:
            self.bring(files, **changes)
        return refusal.exception.code

    def there(self):
        """All that lies there, also what was only meant to be there for a moment."""
        return {str(path.relative_to(THERE)): path.read_text() for path in sorted(THERE.rglob("*")) if path.is_file()}

    def read(self):
        """Texts in the next reading, None without any; "hidden" is what it gives only a hash of."""
        printed = subprocess.run([sys.executable, "-I", READER], capture_output=True, check=True, env=os.environ).stdout
        reading = json.loads(printed.splitlines()[0])["directories"].get(PLACE)
        if reading is None:
            return None
        self.assertEqual(reading["undeclared"], {})
        texts = {name: file.get("base64") for name, file in reading["files"].items()}
        return {name: "hidden" if text is None else base64.b64decode(text).decode() for name, text in texts.items()}

    @contextlib.contextmanager
    def fails(self, nth, error):
        """Lets the n-th rename fail. Gives the names of the files that were to get a new content, in order."""
        rename, names = os.replace, []

        def replace(source, target):
            names.append(Path(target).name)
            if len(names) == nth:
                raise error
            rename(source, target)

        with mock.patch.object(os, "replace", replace):
            yield names


class Writing(Directory):
    def test_gives_each_file_its_content_mode_and_owner(self):
        self.bring({"a.conf": "one", "tls/a.key": content("key", "0640", secret=True)}, owner={"user": 12, "group": 34})
        self.assertEqual(self.there(), {"a.conf": "one", "tls/a.key": "key"})
        modes = [os.stat(THERE / name).st_mode & 0o7777 for name in ("a.conf", "tls/a.key")]
        self.assertEqual(modes, [0o644, 0o640])
        self.assertEqual([self.owners[f"{name}.homelab-new"] for name in ("a.conf", "a.key")], [(12, 34), (12, 34)])
        self.assertEqual(self.read(), {"a.conf": "one", "tls/a.key": "hidden"})

    def test_puts_a_file_in_its_place_only_when_it_is_on_the_disk_with_its_owner(self):
        steps = []
        with mock.patch.multiple(
            os,
            chown=lambda path, *_, **__: steps.append("owner"),
            fchmod=lambda *_: steps.append("mode"),
            fsync=lambda *_: steps.append("sync"),
            replace=lambda *_: steps.append("rename"),
        ):
            write.write(str(ROOT / "a"), b"text", 0o600, (0, 0))
        # The last one is the directory's.
        self.assertEqual(steps, ["owner", "mode", "sync", "rename", "sync"])

    def test_removes_what_is_no_longer_declared_and_folders_that_become_empty(self):
        self.bring({"a": "one", "b/c/d": "two", "b/e": "three"})
        self.bring({"a": "one", "b/e": "three"})
        self.assertEqual(self.there(), {"a": "one", "b/e": "three"})
        self.assertFalse((THERE / "b/c").exists())

    def test_removes_files_of_nobody_only_where_everything_is_ours(self):
        for exclusive, left in ((False, {"a": "one", "other": "of the system"}), (True, {"a": "one"})):
            self.bring({"a": "one", "b": "two"}, exclusive=exclusive)
            (THERE / "other").write_text("of the system")
            self.bring({"a": "one"}, exclusive=exclusive)
            self.assertEqual(self.there(), left)

    def test_of_nothing_leaves_nothing(self):
        self.bring({"a": "one"}, exclusive=False)
        (THERE / "other").write_text("of the system")
        self.bring({}, exclusive=False)
        self.assertEqual((self.there(), self.read()), ({"other": "of the system"}, None))
        self.bring({"a": "one"})
        self.bring({})
        self.assertFalse(THERE.exists())


class Failing(Directory):
    """Whatever fails: what lay there lies there again, with its mode, and the record says so."""

    BEFORE = {"a": "one", "b": content("key", "0600", secret=True), "gone/c": "three"}
    AFTER = {"a": "changed", "b": content("no secret any more"), "new/d": "four"}

    def setUp(self):
        super().setUp()
        self.bring(self.BEFORE)
        self.reading = self.read()

    def as_before(self):
        self.assertEqual(self.there(), {"a": "one", "b": "key", "gone/c": "three"})
        self.assertEqual(os.stat(THERE / "b").st_mode & 0o777, 0o600)
        self.assertEqual(self.read(), self.reading)
        self.assertFalse((THERE / "new").exists())

    def test_a_command_that_does_not_take_the_files_is_run_again_with_those_of_before(self):
        log = ROOT / "log"
        said = self.refused(self.AFTER, activate=f"cat {THERE}/a >> {log}; echo it has no 'four' >&2; exit 3")
        self.assertEqual(said, f"{PLACE}: it has no four\nThe files of before are back in place.")
        self.assertEqual(log.read_text(), "changedone")
        self.as_before()

    def test_a_file_that_cannot_be_written_in_the_middle(self):
        # After the record and a.
        with self.fails(3, OSError(28, "No space left on device")):
            said = self.refused(self.AFTER, activate=f"touch {ROOT}/activated")
        self.assertEqual(said, f"{PLACE}: [Errno 28] No space left on device\nThe files of before are back in place.")
        self.as_before()
        self.assertFalse((ROOT / "activated").exists(), "nothing new was there to be used")

    def test_a_folder_where_a_file_should_be(self):
        (THERE / "new").write_text("a file")
        self.assertIn("new", self.refused(self.AFTER))
        self.assertEqual(self.there(), {"a": "one", "b": "key", "gone/c": "three", "new": "a file"})

    def test_a_group_or_a_user_that_the_host_does_not_have(self):
        for owner, problem in (
            ({"user": 0, "group": "no-such-group"}, "no such group: 'no-such-group'"),
            ({"user": "no-such-user", "group": 0}, "no such user: 'no-such-user'"),
        ):
            said = self.refused(self.AFTER, owner=owner)
            self.assertEqual(said, f"{PLACE}: {problem}\nThe files of before are back in place.")
            self.as_before()

    def test_going_back_writes_only_what_was_changed_since_there_may_be_no_room(self):
        with self.fails(3, OSError(28, "No space left on device")) as names:
            self.refused(self.AFTER)
        record = names[0]
        self.assertEqual(names, [record, "a", "b", "a", record])
        self.as_before()

    def test_that_the_files_of_before_cannot_come_back_is_said(self):
        with mock.patch.object(write, "put_back", side_effect=OSError(5, "Input/output error")):
            said = self.refused(self.AFTER, activate="echo no; exit 1")
        self.assertEqual(said, f"{PLACE}: no\nNot all files of before could be put back: [Errno 5] Input/output error")


class Killed(Directory):
    """In the middle. What lies there is shown by the next reading, and goes when the old files are declared again."""

    BEFORE = {"a": "one", "b": content("key", secret=True), "c": "three"}
    AFTER = {"a": "changed", "b": "no secret any more", "d": content("new key", secret=True)}

    def test_at_any_moment(self):
        # The record, a, b, d, and the record again.
        for nth in range(1, 6):
            with self.subTest(rename=nth):
                self.setUp()
                self.bring(self.BEFORE, exclusive=False)
                with self.fails(nth, Power()), self.assertRaises(Power):
                    self.bring(self.AFTER, exclusive=False)
                whole = {name: text for name, text in self.there().items() if not name.endswith(".homelab-new")}
                read = self.read()
                self.assertEqual(set(read), set(whole))
                self.assertTrue(all(text in ("hidden", whole[name]) for name, text in read.items()))
                self.assertEqual([name for name in read if "key" in whole[name] and read[name] != "hidden"], [])
                self.bring(self.BEFORE, exclusive=False)
                self.assertEqual(self.there(), {"a": "one", "b": "key", "c": "three"})


if __name__ == "__main__":
    unittest.main()
