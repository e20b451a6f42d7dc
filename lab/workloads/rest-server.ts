import { REST_SERVER } from "../backup/plan.ts";
import type { WorkloadDefinition } from "../definition.ts";
import { CONFIG, tlsFiles } from "../paths.ts";

/** The hosts that bring copies, each with the password by which this host's Nginx speaks for it. */
export const COPIERS_FILE = "copiers.htpasswd";

const server = tlsFiles("server");
const DATA = "/repositories";

/**
 * Keeps other hosts' backups, append-only: a host that is lost to somebody cannot delete what it brought. It knows no client
 * certificates, so the host's Nginx stands before it, which does.
 */
export const restServer: WorkloadDefinition = {
  name: REST_SERVER.name,
  network: 4,
  summary: "Keeps copies of other hosts' backups",
  tier: "important",
  instances: "each",
  limits: { memoryMiB: 64, cpus: 0.25, pids: 64 },
  user: { uid: 1990, gid: 1990 },
  // The image's own entry point writes a list of users into the data.
  entrypoint: "/usr/bin/rest-server",
  arguments: () => [
    `--path=${DATA}`,
    "--listen=:8000",
    "--append-only",
    // One path per host, named like it.
    "--private-repos",
    `--htpasswd-file=${CONFIG}/${COPIERS_FILE}`,
    "--tls",
    `--tls-cert=${server.certificate}`,
    `--tls-key=${server.key}`,
    "--tls-min-ver=1.3",
  ],
  ports: [{ name: REST_SERVER.port, number: 8010, containerPort: 8000, protocol: "tcp", access: "clients" }],
  // What it may grow to is counted by lab/capacity.ts: as much as the data that the copies are of.
  volumes: [
    { name: REST_SERVER.volume, target: DATA, diskGiB: 0, backup: { none: "copies: the backups of other hosts themselves" } },
  ],
  tmpfs: [],
  files: () => [],
  certificates: ["server"],
  // Where nobody brings copies (yet, or any more) it is empty: without the file it does not start.
  secrets: () => [{ path: COPIERS_FILE, kind: "copiers" }],
  calls: () => [],
  // It answers this to everybody who has no password: the health check needs none.
  health: { kind: "https", port: REST_SERVER.port, path: "/", status: 401 },
  healthyWithinSeconds: 30,
  stopTimeoutSeconds: 15,
};
