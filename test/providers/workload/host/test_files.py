"""Files, links and trees of them: written, switched and removed so that an interruption leaves nothing half done."""

import base64
import os
import shutil
import subprocess
import unittest
from unittest import mock

# First: it finds the host's modules.
from fixtures import GID, HOMELAB, Clean, PowerCut, parsed

import files
import paths
import staging
import tree


class Files(Clean):
    def test_a_link_is_relative_and_switching_it_again_does_nothing(self):
        link = paths.STATE / "current"
        files.switch_link(link, "a")
        before = os.lstat(link).st_ino
        files.switch_link(link, "a")
        self.assertEqual((os.readlink(link), os.lstat(link).st_ino), ("a", before))
        files.switch_link(link, "b")
        self.assertEqual(os.readlink(link), "b")

    def test_an_interrupted_switch_is_taken_up(self):
        link = paths.STATE / "current"
        os.symlink("half", files.temporary(link))
        files.switch_link(link, "b")
        self.assertEqual(os.readlink(link), "b")
        self.assertEqual(os.listdir(paths.STATE), ["current"])

    def test_a_written_file_has_its_mode_and_leaves_nothing_beside_it(self):
        files.write(paths.STATE / "a", "text", 0o640)
        self.assertEqual(os.stat(paths.STATE / "a").st_mode & 0o777, 0o640)
        self.assertEqual(os.listdir(paths.STATE), ["a"])

    def test_removing_a_tree_takes_up_what_an_interruption_left(self):
        (paths.STATE / ".x.homelab-gone").mkdir()
        (paths.STATE / "x").mkdir()
        files.remove_tree(paths.STATE / "x")
        files.remove_tree(paths.STATE / "x")
        self.assertEqual(os.listdir(paths.STATE), [])

    def test_a_tree_that_was_cut_off_when_it_was_removed_is_gone_when_that_is_asked_again(self):
        rows = paths.STATE / "x/rows"
        files.make_directory(rows.parent)
        rows.touch()
        with mock.patch.object(shutil, "rmtree", side_effect=[None, PowerCut]), self.assertRaises(PowerCut):
            files.remove_tree(paths.STATE / "x")
        self.assertEqual(os.listdir(paths.STATE), [".x.homelab-gone"])
        files.remove_tree(paths.STATE / "x")
        self.assertEqual(os.listdir(paths.STATE), [])

    def test_what_was_being_removed_when_the_power_went_is_deleted_to_the_end(self):
        for folder in (paths.DATA / ".app.homelab-gone", paths.CONFIG / ".old.homelab-gone", paths.CONFIG / "app/.1.homelab-gone"):
            files.make_directory(folder / "deep")
        files.make_directory(paths.DATA / "app/data")
        files.discard(paths.DATA / "app/data")
        files.make_directory(paths.DATA / "app/data")
        files.discard(paths.DATA / "app/data")
        self.assertEqual(len(os.listdir(paths.DATA / "app")), 2)
        files.sweep(paths.DATA / "app")
        subprocess.run([*HOMELAB, "sweep"], check=True)
        left = {str(path.relative_to(paths.STATE)) for path in paths.STATE.rglob("*")}
        self.assertEqual(left, {"data", "data/app", "config", "config/app"})

    def test_removing_a_link_leaves_what_it_points_to(self):
        (paths.STATE / "x").mkdir()
        os.symlink("x", paths.STATE / "l")
        files.remove_tree(paths.STATE / "l")
        self.assertEqual(os.listdir(paths.STATE), ["x"])


class Trees(Clean):
    def test_a_tree_is_as_declared_and_differs_by_content_mode_and_extra_files(self):
        request = parsed()
        root = paths.STATE / "t"
        tree.build(root, request["files"])
        self.assertEqual(tree.differing(root, request["files"]), set())
        (root / "app.conf").write_text("two")
        (root / "tls/app.key").chmod(0o644)
        (root / "extra").touch()
        os.symlink("/etc", root / "link")
        self.assertEqual(tree.differing(root, request["files"]), {"app.conf", "tls/app.key", "extra", "link"})

    def test_bytes_of_any_kind_are_placed_as_they_are(self):
        content = bytes(range(256))
        logo = {"path": "logo.png", "base64": base64.b64encode(content).decode(), "gid": GID, "secret": True}
        declared = parsed(files=[logo])["files"]
        tree.build(paths.STATE / "t", declared)
        self.assertEqual((paths.STATE / "t/logo.png").read_bytes(), content)
        self.assertEqual(tree.differing(paths.STATE / "t", declared), set())
        (paths.STATE / "t/logo.png").write_bytes(content[:-1] + b"\xfe")
        self.assertEqual(tree.differing(paths.STATE / "t", declared), {"logo.png"})

    def test_an_edited_directory_is_moved_aside_while_it_is_in_use(self):
        request = parsed()
        staging.stage(request, "t1")
        tree.place("app", request["filesHash"], paths.STAGED / "app/files", request["files"])
        files.switch_link(paths.current("app"), request["filesHash"])
        (paths.current("app") / "app.conf").write_text("edited")
        tree.move_edits_aside("app", request["filesHash"], request["files"])
        self.assertEqual((paths.current("app") / "app.conf").read_text(), "edited")
        staging.stage(request, "t2")
        tree.place("app", request["filesHash"], paths.STAGED / "app/files", request["files"])
        self.assertEqual((paths.current("app") / "app.conf").read_text(), "edited")
        files.switch_link(paths.current("app"), request["filesHash"])
        self.assertEqual((paths.current("app") / "app.conf").read_text(), "one")
        tree.sweep("app", {request["filesHash"]})
        self.assertEqual(sorted(os.listdir(paths.config("app"))), [request["filesHash"], "current"])


if __name__ == "__main__":
    unittest.main()
