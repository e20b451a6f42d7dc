/** The script that makes a Pi ready, with programs of the host that only play theirs, below a folder of its own. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOST_PACKAGES, preparationScript } from "../../lab/preparation.ts";
import { attempt } from "../../operations/shell.ts";

const CMDLINE = "boot/firmware/cmdline.txt";
const BEFORE = "console=tty1 root=PARTUUID=1 rootwait\n";
const ALL = ["cpuset", "cpu", "io", "memory", "pids"];

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "homelab-preparation-"));
  write("proc/cmdline", "cgroup_disable=memory console=tty1\n");
  write("asked", "");
  play("dpkg-query", `[ "$4" != "\${absent:-}" ] && echo installed`);
  play("hostname", "echo adama");
  play("sync", "");
  play("apt-get", note());
  play("dpkg", note());
  play("systemctl", note());
  podman({});
});
afterEach(() => rmSync(root, { recursive: true }));

const read = (path: string) => readFileSync(join(root, path), "utf8");

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** A program of the host as a script. */
function play(name: string, script: string): void {
  write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, "bin", name), 0o755);
}

/** Notes how a program was called. */
function note(): string {
  return `echo "$(basename "$0") $*" >> ${join(root, "asked")}`;
}

function podman({ version = "5.4.2", controllers = ALL }): void {
  play("podman", `case "$1" in version) echo ${version};; info) echo '[${controllers.join(" ")}]';; esac`);
}

/** @param absent a package that is not installed */
function prepare(absent = "") {
  const env = { PATH: `${join(root, "bin")}:${process.env.PATH}`, absent };
  return attempt("/bin/sh", ["-s"], { env, input: preparationScript(root) });
}

const calls = (program: string) =>
  read("asked")
    .split("\n")
    .filter((line) => line.startsWith(`${program} `));

it("a Pi that has everything gets the folders, and its socket is on", async () => {
  expect(await prepare()).toEqual({ status: 0, stdout: "", stderr: "" });
  for (const path of ["var/lib/homelab/config", "var/lib/homelab/data", "etc/containers/systemd", "etc/containers/nodocker"])
    expect(existsSync(join(root, path)), path).toBe(true);
  expect(calls("systemctl")).toEqual(["systemctl enable --now podman.socket", "systemctl is-active --quiet podman.socket"]);
  expect(calls("apt-get")).toEqual([]);
});

describe("packages", () => {
  it.each(HOST_PACKAGES)("%s is installed where it is missing, and nothing that is only recommended", async (name) => {
    const { status, stdout } = await prepare(name);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `installing ${name}\n` });
    const options = "-o DPkg::Lock::Timeout=300";
    const installed = [`apt-get ${options} update`, `apt-get ${options} install --yes --no-install-recommends ${name}`];
    expect(read("asked").split("\n").slice(0, 2)).toEqual(installed);
    write("asked", "");
    write("var/lib/dpkg/updates/0001", "");
    await prepare(name);
    expect(read("asked").split("\n").slice(0, 3)).toEqual(["dpkg --configure -a", ...installed]);
  });

  it("node_exporter does not serve before it has its certificate: Debian starts it at once, in clear", async () => {
    const off = "systemctl disable --quiet --now prometheus-node-exporter";
    await prepare("prometheus-node-exporter");
    expect(calls("systemctl")[0]).toBe(off);
    write("asked", "");
    await prepare("podman");
    await prepare();
    expect(calls("systemctl")).not.toContain(off);
  });

  it("nftables is among them: Debian only recommends it to podman's networks", async () => {
    expect(HOST_PACKAGES).toContain("nftables");
  });

  it("that can't be had stop it in apt's own words", async () => {
    play("apt-get", "echo 'E: Failed to fetch' >&2; exit 100");
    expect(await prepare("podman")).toMatchObject({ status: 100, stderr: "E: Failed to fetch\n" });
    expect(existsSync(join(root, "var"))).toBe(false);
  });

  it.each(["4.3.1", ""])("of a podman of before (%j) the units would not be understood", async (version) => {
    podman({ version });
    const { status, stderr } = await prepare();
    expect(status).toBe(1);
    expect(stderr).toContain(`adama: podman ${version} is too old: the lab needs 5.4 or newer`);
  });
});

it("a podman that does not run is named", async () => {
  play("podman", "exit 125");
  const stderr = "adama: podman does not run; what it says: podman version\n";
  expect(await prepare()).toEqual({ status: 1, stdout: "", stderr });
});

// As cgroup v2 and v1 name the others.
describe.each([[["cpuset", "cpu", "io", "pids"]], [["cpuset", "cpu", "cpuacct", "blkio", "devices", "freezer", "pids"]]])(
  "without the memory cgroup, of which there are %j",
  (controllers) => {
    beforeEach(() => podman({ controllers }));

    it("it is turned on in the firmware's file, once, and a person has to restart", async () => {
      write(CMDLINE, BEFORE);
      const stderr = "adama: the memory cgroup was off. It is on after a restart: run 'reboot' on it, then this again.\n";
      expect(await prepare()).toEqual({ status: 1, stdout: "", stderr });
      expect(read(CMDLINE)).toBe("console=tty1 root=PARTUUID=1 rootwait cgroup_enable=memory cgroup_memory=1\n");
      expect(read(`${CMDLINE}.before-homelab`)).toBe(BEFORE);
      // A second time without the restart.
      const after = read(CMDLINE);
      expect(await prepare()).toEqual({ status: 1, stdout: "", stderr });
      expect(read(CMDLINE)).toBe(after);
      expect(read(`${CMDLINE}.before-homelab`)).toBe(BEFORE);
    });

    it("where that did not help, or there is no such file, a person has to find out", async () => {
      const said = "podman has no memory cgroup, so that memory limits would not be enforced.";
      expect((await prepare()).stderr).toContain(said);
      write(CMDLINE, "rootwait cgroup_enable=memory cgroup_memory=1\n");
      write("proc/cmdline", "cgroup_disable=memory rootwait cgroup_enable=memory cgroup_memory=1\n");
      expect((await prepare()).stderr).toContain(said);
      expect(existsSync(join(root, "var"))).toBe(false);
    });
  },
);

it("a socket of podman that does not start is found here, and not by the first image", async () => {
  play("systemctl", `case "$1" in enable) echo 'Created symlink a -> b'; echo 'Job failed' >&2; exit 1;; *) exit 3;; esac`);
  const { status, stderr } = await prepare();
  expect(status).toBe(1);
  expect(stderr).toBe("Job failed\nadama: podman.socket does not start: journalctl -u podman.socket\n");
});
