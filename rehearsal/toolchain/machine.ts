/** What kind of machine this is, as far as containers are concerned. */
import { existsSync, readFileSync } from "node:fs";

/** Whether controllers are on cgroup v1 (or hybrid): such a machine needs runc, and Quadlet there another cgroup mode. */
export function cgroupsV1(): boolean {
  return !existsSync("/sys/fs/cgroup/cgroup.controllers");
}

/** Whether systemd runs this machine: it then makes the cgroups of containers. */
export function hasSystemd(): boolean {
  return existsSync("/run/systemd/system");
}

/**
 * What podman's `default_ulimits` have to be here: without CAP_SYS_RESOURCE (a container, a restricted virtual machine) no
 * process may raise its limits, and podman's own defaults are above them. Undefined where the defaults work.
 */
export function possibleUlimits(): readonly string[] | undefined {
  const capSysResource = 1n << 24n;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if ((BigInt(`0x${effective}`) & capSysResource) !== 0n) return undefined;
  const files = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? "4096";
  // Podman lowers the number of processes for itself before it starts a container; how far differs, 4096 is always allowed.
  return [`nofile=${files}:${files}`, "nproc=4096:4096"];
}
