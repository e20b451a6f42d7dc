import { sha256 } from "../../../lab/canonical.ts";
import type { WorkloadInputs } from "../../../providers/workload/inputs.ts";
import type { Outcome, WorkloadReading } from "../../../providers/workload/protocol.ts";
import { target } from "../fake-ssh.ts";

/** A workload's inputs for tests of the provider. */
export const inputs: WorkloadInputs = {
  host: target,
  name: "app",
  image: `docker.io/lab/app@sha256:${"a".repeat(64)}`,
  version: "1.0",
  units: {
    "app.container": "# homelab: app\n[Container]\nPodmanArgs=--memory=64m --memory-swap=64m --cpus=0.29\nPidsLimit=32\n",
    "app.network": "# homelab: app\n[Network]\nSubnet=10.9.0.0/28\n",
  },
  files: { "app.yml": "level: info\n" },
  secrets: { "tls/server.key": "-----BEGIN KEY-----" },
  gid: 1000,
  directories: [{ path: "/var/lib/homelab/data/app/data", uid: 1000, gid: 1000 }],
  health: { command: ["curl", "https://app"], attemptSeconds: 10, withinSeconds: 60 },
  stopSeconds: 10,
  turn: 0,
  hostWorkloads: 1,
  state: "healthy",
  found: {},
};

/** What a host says of {@link inputs} when all is as declared. */
export const reading: WorkloadReading = {
  state: "healthy",
  content: "c",
  image: inputs.image,
  units: inputs.units,
  files: { "app.yml": Buffer.from("level: info\n").toString("base64") },
  secrets: { "tls/server.key": sha256("-----BEGIN KEY-----") },
  undeclared: {},
  limits: { memory: 64 * 2 ** 20, memorySwap: 64 * 2 ** 20, cpus: 0.29, pids: 32 },
  settings: {
    imageTag: inputs.version,
    directories: inputs.directories,
    health: inputs.health,
    reload: null,
    validate: null,
    stopSeconds: inputs.stopSeconds,
    backup: null,
    restore: null,
  },
  subnets: { app: "10.9.0.0/28" },
  restorePoint: null,
  holds: {},
};

/** What a host answers when all went well. */
export const confirmed: Outcome = {
  version: 2,
  workload: "app",
  transaction: "t1",
  result: "confirmed",
  action: "restart",
  message: "",
  log: [],
  outageSeconds: 1,
  restorePoint: null,
};
