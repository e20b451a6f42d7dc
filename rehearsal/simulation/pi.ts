/** A simulated Pi: a container with Debian 13, systemd as its first process, sshd and its own podman. */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { attempt, type Result, waitFor } from "../../operations/shell.ts";
import { cgroupsV1 } from "../toolchain/machine.ts";
import { engineLimits, podman, toml, tryPodman } from "../toolchain/podman.ts";
import { ensureImage } from "./images.ts";
import type { Instance, SimulatedHost } from "./instance.ts";
import { ownerLabels } from "./owner.ts";
import { authorizedKey, hostKeyFile, sshConfig } from "./ssh.ts";

/** How long a Pi may take from power on to its units being up, in seconds. */
const bootSeconds = 60;

/**
 * Makes the Pi as it comes from the imager (the person's key, its own host key) and switches it on; one that is there is only
 * switched on. `online`: whether images that the local registry does not have come from the real one.
 */
export async function startPi(instance: Instance, host: SimulatedHost, online: boolean): Promise<void> {
  if ((await tryPodman(["container", "exists", host.container])).status !== 0) {
    await createPi(instance, host);
    await install(instance, host, settings(instance, host, online));
  }
  await podman(["start", host.container]);
  await waitUntilUp(instance, host);
}

/** Takes the power away. What was not on disk is lost. */
export async function cutPower(host: SimulatedHost): Promise<void> {
  await podman(["kill", "--signal", "KILL", host.container]);
  await isOff(host);
}

/** Waits until everything has ended. */
export async function isOff(host: SimulatedHost): Promise<void> {
  await podman(["wait", host.container]);
  // Podman would keep the network's namespace for the next start, and with it the firewall that a Pi loses without power.
  await podman(["container", "cleanup", host.container]);
}

/** Removes the Pi and all that it has stored. */
export async function removePi(host: SimulatedHost): Promise<void> {
  await podman(["rm", "--force", "--time", "0", "--ignore", host.container]);
  await podman(["volume", "rm", "--force", volume(host)]);
}

/**
 * A Pi's hardware address: always the same, as that of a real one. With another one after each power cut, who knew the old one
 * would ask for it for most of a minute.
 */
export function hardwareAddress({ address }: SimulatedHost): string {
  const parts = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return ["02", "00", ...parts].join(":");
}

/** Runs a command on the Pi as root, through sshd as everything else. */
export function onPi(instance: Instance, host: SimulatedHost, command: string, input?: string): Promise<Result> {
  const options = ["-F", sshConfig(instance), "-o", "ConnectTimeout=5", host.name];
  return attempt("/usr/bin/ssh", [...options, command], input === undefined ? {} : { input });
}

/** Waits until systemd has started everything; a failed unit is an error. */
async function waitUntilUp(instance: Instance, host: SimulatedHost): Promise<void> {
  await waitFor(`${host.name} answers by ssh`, bootSeconds, async () => {
    const { status, stdout } = await onPi(instance, host, "systemctl is-system-running --wait");
    return status === 255 || stdout.trim() === "" ? undefined : true;
  });
}

function volume(host: SimulatedHost): string {
  return `${host.container}-containers`;
}

async function createPi(instance: Instance, host: SimulatedHost): Promise<void> {
  const image = await ensureImage("pi");
  await podman([
    "create",
    ...["--name", host.container, "--hostname", host.name, ...ownerLabels(instance)],
    ...["--network", instance.network, "--ip", host.address, "--mac-address", hardwareAddress(host)],
    ...["--privileged", "--systemd=always", "--cgroupns=private"],
    // Newer versions of systemd refuse to start on cgroup v1 otherwise.
    ...(cgroupsV1() ? ["--env", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"] : []),
    // Podman's store in the Pi needs a file system of its own: overlay on overlay does not work.
    ...["--volume", `${volume(host)}:/var/lib/containers`],
    image,
    ...(cgroupsV1() ? ["/bin/sh", "-c", startOnCgroupsV1] : []),
  ]);
}

/**
 * On cgroup v1 podman hands every container this machine's own hierarchy of systemd. The Pis would share the groups of their
 * units, and one that is switched off would take the others' away. In the Pi's own namespace a fresh mount, on top of that one, shows only its part.
 */
const startOnCgroupsV1 =
  "mount -t cgroup -o none,name=systemd,nosuid,nodev,noexec cgroup /sys/fs/cgroup/systemd; exec /sbin/init";

/** Files of this Pi alone, by path: contents, or where to copy them from. */
function settings(instance: Instance, host: SimulatedHost, online: boolean): Readonly<Record<string, string>> {
  const limits = engineLimits();
  return {
    "root/.ssh/authorized_keys": `${authorizedKey(instance)}\n`,
    // Root comes in with the person's key, and of the host's keys sshd shows the one that the rehearsal knows.
    "etc/ssh/sshd_config.d/rehearsal.conf": "PermitRootLogin prohibit-password\nHostKey /etc/ssh/ssh_host_ed25519_key\n",
    "etc/containers/registries.conf.d/rehearsal.conf": registriesConf(instance, online),
    "etc/containers/containers.conf.d/rehearsal.conf": toml({ containers: limits.containers, engine: limits.engine }),
    ...(cgroupsV1() ? forCgroupsV1 : {}),
    // A Pi does not have br_netfilter loaded; where this machine has, a container could not reach its own published port.
    "etc/sysctl.d/rehearsal.conf": "-net.bridge.bridge-nf-call-iptables = 0\n-net.bridge.bridge-nf-call-ip6tables = 0\n",
    "etc/hostname": `${host.name}\n`,
    // Otherwise systemd takes this machine's for every Pi.
    "etc/machine-id": `${createHash("md5").update(`${instance.folder} ${host.name}`).digest("hex")}\n`,
  };
}

/** What a Pi, which has cgroup v2, does not need and this machine does. */
const forCgroupsV1: Readonly<Record<string, string>> = {
  // Quadlet asks for `--cgroups=split`, which works on v2 only.
  "etc/containers/systemd/container.d/10-cgroups.conf": "[Container]\nCgroupsMode=enabled\n",
  // Podman's warning about v1 would be in every error message and every journal.
  "etc/environment": "PODMAN_IGNORE_CGROUPSV1_WARNING=1\n",
  "etc/systemd/system.conf.d/rehearsal.conf": "[Manager]\nDefaultEnvironment=PODMAN_IGNORE_CGROUPSV1_WARNING=1\n",
};

/** Names of images stay what they are in the real lab; where they come from is a setting of the Pi. */
function registriesConf(instance: Instance, online: boolean): string {
  const registry = `${instance.registryAddress}:5000`;
  return ["docker.io", "ghcr.io", "quay.io"]
    .map((name) => {
      const place = `location = "${registry}/${name}"\ninsecure = true\n`;
      return online
        ? `[[registry]]\nprefix = "${name}"\nlocation = "${name}"\n[[registry.mirror]]\n${place}`
        : `[[registry]]\nprefix = "${name}"\n${place}`;
    })
    .join("\n");
}

/** Copies files into the container before it is started for the first time. */
async function install(instance: Instance, host: SimulatedHost, files: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(instance.folder, "pi", host.name);
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  chmodSync(join(folder, "root"), 0o700);
  chmodSync(join(folder, "root", ".ssh"), 0o700);
  const hostKeyTarget = join(folder, "etc", "ssh", "ssh_host_ed25519_key");
  copyFileSync(hostKeyFile(instance, host), hostKeyTarget);
  copyFileSync(`${hostKeyFile(instance, host)}.pub`, `${hostKeyTarget}.pub`);
  chmodSync(hostKeyTarget, 0o600);
  await podman(["cp", `${folder}/.`, `${host.container}:/`]);
}
