"""Limits and ports: what units declare, beside what there is."""

import os
import unittest

# First: it finds the host's modules.
from fixtures import CONTAINER, ROOT, Clean

import files
import limits
import ports


class Limits(Clean):
    def container(self, memory=1 << 20, cpus=1e9, pids=2048):
        has = {"Memory": memory, "MemorySwap": 2 * memory, "NanoCpus": cpus, "PidsLimit": pids}
        return {"HostConfig": has, "State": {"CgroupPath": "/machine.slice/x.scope"}}

    def test_what_a_unit_sets_is_compared_with_what_podman_has(self):
        self.assertEqual(limits.declared(CONTAINER), {"memory": "1m", "cpus": "1"})
        self.assertTrue(limits.right(self.container(), CONTAINER))
        self.assertFalse(limits.right(self.container(memory=2 << 20), CONTAINER))
        self.assertFalse(limits.right(self.container(cpus=5e8), CONTAINER))
        self.assertTrue(limits.right(self.container(cpus=289990000), CONTAINER.replace("cpus=1", "cpus=0.29")))
        self.assertTrue(limits.right(self.container(), CONTAINER.replace("=1m", "=0x1")), "not ours to judge")

    def test_memory_in_use_is_all_but_the_page_cache_in_both_versions_of_cgroups(self):
        for folder, usage, prefix in (("", "memory.current", ""), ("memory/", "memory.usage_in_bytes", "total_")):
            group = ROOT / "sys/fs/cgroup" / f"{folder}machine.slice/x.scope"
            group.mkdir(parents=True)
            (group / usage).write_text("1000\n")
            cache = "file" if not prefix else "total_cache"
            (group / "memory.stat").write_text(f"{cache} 700\n{prefix}shmem 100\nanon 1\n")
            self.assertEqual(limits.in_use(self.container()), 400)
            files.remove_tree(group)
        self.assertIsNone(limits.in_use(self.container()))
        self.assertIsNone(limits.in_use(None))


class Ports(unittest.TestCase):
    def test_the_same_port_collides_on_the_same_or_on_every_address(self):
        for one, other, expected in (
            (("10.0.0.1", 80, "tcp"), ("10.0.0.1", 80, "tcp"), True),
            (("10.0.0.1", 80, "tcp"), ("0.0.0.0", 80, "tcp"), True),
            (("", 80, "tcp"), ("10.0.0.2", 80, "tcp"), True),
            (("10.0.0.1", 80, "tcp"), ("::", 80, "tcp"), True),
            (("10.0.0.1", 80, "tcp"), ("10.0.0.2", 80, "tcp"), False),
            (("10.0.0.1", 80, "tcp"), ("10.0.0.1", 80, "udp"), False),
            (("10.0.0.1", 80, "tcp"), ("10.0.0.1", 81, "tcp"), False),
        ):
            self.assertEqual(bool(ports.collide(one, other)), expected, (one, other))

    def test_a_listening_socket_of_this_machine_is_found_with_its_process(self):
        import socket

        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            found = [inode for inode, claim in ports.listening("tcp") if claim == ("127.0.0.1", port, "tcp")]
            self.assertEqual(len(found), 1)
            self.assertIn(str(os.getpid()), ports._holder(found[0], []))

    def test_ranges_of_podman_are_all_of_their_ports(self):
        entry = {"host_ip": "", "host_port": 8000, "range": 2, "protocol": "tcp,udp"}
        expected = [("", 8000, "tcp"), ("", 8000, "udp"), ("", 8001, "tcp"), ("", 8001, "udp")]
        self.assertEqual(list(ports.claims({"Ports": [entry]})), expected)


if __name__ == "__main__":
    unittest.main()
