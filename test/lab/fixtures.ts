import type { AlertsConfig } from "../../lab/alerts/model.ts";
import { NO_COPIES } from "../../lab/backup/model.ts";
import type { Limits, VolumeDefinition, WorkloadDefinition } from "../../lab/definition.ts";
import { type HostConfig, type LabConfig, RESTIC, type StackConfig } from "../../lab/model.ts";
import { workloads } from "../../lab/workloads/index.ts";

export const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFixtureFixtureFixtureFixtureFixtureFixtureF";
export const DIGEST = `sha256:${"ab".repeat(32)}`;

/** A host like adama, with changes. */
export function hostConfig(changes: Partial<HostConfig> = {}): HostConfig {
  return {
    address: "192.168.1.20",
    sshPort: 22,
    hostKey: HOST_KEY,
    memoryMiB: 4096,
    cpus: 4,
    diskGiB: 64,
    containerSubnet: "10.98.0.0/20",
    ...changes,
  };
}

export const adama = hostConfig();
export const starbuck = hostConfig({
  address: "192.168.1.21",
  memoryMiB: 8192,
  diskGiB: 256,
  containerSubnet: "10.98.16.0/20",
});

/** The first lab (test/support/first-lab), without its home. */
export const firstLab: LabConfig = {
  domain: "lab.home.arpa",
  primary: "adama",
  hosts: { adama, starbuck },
  placement: {
    mosquitto: ["adama"],
    nginx: ["adama", "starbuck"],
    prometheus: ["starbuck"],
    alertmanager: ["starbuck"],
    "rest-server": ["adama", "starbuck"],
  },
  backup: { ...NO_COPIES, copies: { adama: ["starbuck"], starbuck: ["adama"] } },
};

/** Somebody who is told of alerts by every way that there is. */
export const everyReceiver: AlertsConfig = {
  family: { email: { to: "us@example.org", from: "lab@example.org", server: "smtp.example.org:587", user: "lab" } },
  relay: { email: { to: "us@example.org", from: "lab@example.org", server: "mail.lab.home.arpa:25" } },
  tablet: { pushover: {} },
  phone: { telegram: { chat: -1001234567890 } },
  ntfy: { webhook: {} },
};

/** A workload that does nothing, with changes. */
export function definition(name: string, network: number, changes: Partial<WorkloadDefinition> = {}): WorkloadDefinition {
  return {
    name,
    network,
    summary: name,
    tier: "important",
    instances: "one",
    limits: { memoryMiB: 64, cpus: 0.25, pids: 64 },
    user: { uid: 1000, gid: 1000 },
    arguments: () => [],
    ports: [{ name: "https", number: 20_000 + network, protocol: "tcp", access: "clients" }],
    volumes: [],
    tmpfs: [],
    files: () => [],
    certificates: ["server"],
    calls: () => [],
    health: { kind: "https", port: "https", path: "/" },
    healthyWithinSeconds: 30,
    stopTimeoutSeconds: 15,
    ...changes,
  };
}

/** A stack with an image for everything. */
export function stackOf(host: string, catalogue: readonly WorkloadDefinition[] = workloads, limits = {}): StackConfig {
  const image = { repository: "docker.io/library/test", tag: "1.0", digest: DIGEST };
  const names = [...catalogue.map(({ name }) => name), RESTIC];
  return {
    host,
    images: Object.fromEntries(names.map((name) => [name, image])),
    limits,
    routerKeys: {},
    initialise: [],
    secrets: [],
  };
}

/** Name, memory (MiB), CPUs, GiB with backup, GiB without: estimates from the images' documentation, for a Raspberry Pi 5. */
const LATER: readonly (readonly [string, number, number, number, number])[] = [
  ["home-assistant", 1024, 2, 8, 0],
  ["whisper", 716, 2, 0, 2],
  ["piper", 384, 1, 0, 1],
  ["node-red", 384, 1, 1, 0],
  ["zigbee2mqtt", 256, 0.5, 1, 0],
  ["ollama", 2048, 3, 0, 20],
  ["authentik-server", 1024, 1, 2, 0],
  ["authentik-worker", 768, 1, 0, 0],
  ["authentik-radius", 96, 0.25, 0, 0],
  ["postgresql", 512, 1, 8, 0],
  ["grafana", 384, 1, 2, 0],
  ["loki", 512, 1, 0, 32],
  ["freeradius", 96, 0.25, 0, 0],
  ["alloy", 256, 0.5, 0, 1],
  ["podman-exporter", 64, 0.1, 0, 0],
];

const ON_BOTH = ["alloy", "podman-exporter", "nginx"];
const ON_ADAMA = ["home-assistant", "whisper", "piper", "node-red", "zigbee2mqtt", "mosquitto"];

/** Every workload of the design: today's, and those that are still to come as far as capacity goes. */
export const completeCatalogue: readonly WorkloadDefinition[] = [...workloads, ...LATER.map(later)];

/** The complete lab of the design, on its two hosts. */
export const completeLab: LabConfig = {
  ...firstLab,
  placement: Object.fromEntries(completeCatalogue.map(({ name }) => [name, hostsOf(name)])),
  // adama's card has no room for a copy of all that starbuck saves.
  backup: {
    ...NO_COPIES,
    copies: { adama: ["starbuck"] },
    places: { remote: { repository: "s3:https://s3.example.org/{host}", prune: true } },
  },
};

function later([name, memoryMiB, cpus, saved, lost]: (typeof LATER)[number], index: number): WorkloadDefinition {
  const limits: Limits = { memoryMiB, cpus, pids: 128 };
  const volumes: readonly VolumeDefinition[] = [
    { name: "data", target: "/data", diskGiB: saved, backup: true },
    { name: "cache", target: "/cache", diskGiB: lost, backup: { none: "made again" } },
  ];
  const kept = volumes.filter(({ diskGiB }) => diskGiB > 0);
  const backup = { backup: { retention: "state", hot: { kind: "files" } } } as const;
  return definition(name, 50 + index, {
    ...{ limits, volumes: kept, instances: ON_BOTH.includes(name) ? "each" : "one" },
    ...(saved > 0 ? backup : {}),
  });
}

function hostsOf(name: string): readonly string[] {
  if (ON_BOTH.includes(name)) return ["adama", "starbuck"];
  return [ON_ADAMA.includes(name) ? "adama" : "starbuck"];
}
