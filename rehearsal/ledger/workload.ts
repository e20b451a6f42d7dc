import type { WorkloadDefinition } from "../../lab/definition.ts";

/** The ledger of the rehearsal: a database of rows that a later version migrates. */
export const ledger: WorkloadDefinition = {
  name: "ledger",
  network: 200,
  summary: "Ledger of the rehearsal",
  tier: "important",
  instances: "one",
  limits: { memoryMiB: 96, cpus: 0.5, pids: 32 },
  user: { uid: 1000, gid: 1000 },
  arguments: () => ["--tls"],
  ports: [{ name: "https", number: 8480, containerPort: 8080, protocol: "tcp", access: "clients" }],
  volumes: [{ name: "data", target: "/data", diskGiB: 4, backup: true }],
  backup: { retention: "database", hot: { kind: "sqlite", databases: ["data/ledger.db"] } },
  tmpfs: [],
  files: () => [],
  certificates: ["server"],
  calls: () => [],
  health: { kind: "https", port: "https", path: "/" },
  healthyWithinSeconds: 15,
  stopTimeoutSeconds: 10,
};
