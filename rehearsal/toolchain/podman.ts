/**
 * The rehearsal's own podman: its own storage in the cache and its own settings by `CONTAINERS_CONF`, so that the person's
 * containers, images and settings are neither used nor touched.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attempt, type Result, type RunOptions, run } from "../../operations/shell.ts";
import { inCache } from "../cache.mjs";
import { cgroupsV1, hasSystemd, possibleUlimits } from "./machine.ts";
import { replaceFile } from "./replace-file.ts";

const folder = inCache("podman");
/** What must not outlive a reboot lies in /run, under a name of its own for each cache. */
const runFolder = `/run/homelab-rehearsal-${createHash("sha256").update(inCache()).digest("hex").slice(0, 8)}`;

/** Where the rehearsal's images and volumes are. */
const storageFolder = join(folder, "storage");

/** Where podman keeps what it knows of the rehearsal's networks. */
export const networksFolder = join(folder, "networks");

let environment: NodeJS.ProcessEnv | undefined;

/** The environment in which `podman` is the rehearsal's. Writes the settings on first use. */
export function podmanEnvironment(): NodeJS.ProcessEnv {
  if (environment !== undefined) return environment;
  mkdirSync(folder, { recursive: true });
  const settings = join(folder, "containers.conf");
  const storage = join(folder, "storage.conf");
  replaceFile(settings, containersConf());
  replaceFile(storage, toml({ storage: { driver: "overlay", graphroot: storageFolder, runroot: join(runFolder, "storage") } }));
  environment = { ...process.env, CONTAINERS_CONF: settings, CONTAINERS_STORAGE_CONF: storage };
  return environment;
}

/** Runs the rehearsal's podman; it has to succeed. Returns its stdout. */
export function podman(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return run("podman", args, { env: podmanEnvironment(), ...options });
}

/** Runs the rehearsal's podman and returns what came of it. */
export function tryPodman(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return attempt("podman", args, { env: podmanEnvironment(), ...options });
}

function containersConf(): string {
  return toml({
    containers: { ...engineLimits().containers, log_driver: "k8s-file" },
    engine: {
      ...engineLimits().engine,
      events_logger: "file",
      // The default is one segment of shared memory for the whole machine; two storages would take each other's locks.
      lock_type: "file",
      // The only place for it: what conmon calls when a container ended is given the storage's folder by option, takes the folder
      // below it whatever stands here, would not find the container, and who waits for its end would wait twenty seconds.
      static_dir: join(storageFolder, "libpod"),
      volume_path: join(folder, "volumes"),
      tmp_dir: join(runFolder, "podman"),
      ...(hasSystemd() ? {} : { cgroup_manager: "cgroupfs" }),
    },
    network: { network_backend: "netavark", network_config_dir: networksFolder, ...firewall() },
  });
}

/**
 * Rules by iptables also from podman 5 on, which has taken to nftables: for that `nft` may be missing, and where Docker is
 * installed, its iptables drop what passes from one Pi to another unless a rule among theirs lets it through. An older podman
 * has nothing else, and warns of a setting that it does not know.
 */
function firewall(): Record<string, TomlValue> {
  const { stdout } = spawnSync("podman", ["--version"], { encoding: "utf8" });
  const [, major] = /(\d+)\./.exec(stdout ?? "") ?? [];
  return Number(major) >= 5 ? { firewall_driver: "iptables" } : {};
}

/** Settings that this machine forces upon any podman, also upon the one inside a simulated Pi. */
export function engineLimits(): { containers: Record<string, TomlValue>; engine: Record<string, TomlValue> } {
  const ulimits = possibleUlimits();
  return {
    containers: ulimits === undefined ? {} : { default_ulimits: ulimits },
    engine: cgroupsV1() ? { runtime: "runc" } : {},
  };
}

type TomlValue = string | boolean | readonly string[];

/** Tables of plain values as TOML. */
export function toml(tables: Readonly<Record<string, Readonly<Record<string, TomlValue>>>>): string {
  return Object.entries(tables)
    .flatMap(([table, values]) => [
      `[${table}]`,
      ...Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
      "",
    ])
    .join("\n");
}

/** Lets go of the storage, so that its folder can be removed. Nothing may run in it. */
export async function releaseStorage(): Promise<void> {
  await tryPodman(["system", "reset", "--force"]);
  await attempt("umount", [join(storageFolder, "overlay")]);
  rmSync(runFolder, { recursive: true, force: true });
}
