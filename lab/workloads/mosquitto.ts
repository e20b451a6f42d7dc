import { callReaches } from "../calls.ts";
import type { WorkloadDefinition } from "../definition.ts";
import type { LabPlan, PlacedWorkload } from "../model.ts";
import { compare, healthIdentity } from "../names.ts";
import { CA_FILE, CONFIG, tlsFiles } from "../paths.ts";

/** A topic that the broker itself publishes: who reads it knows that the broker works. */
const HEALTH_TOPIC = "$SYS/broker/uptime";

/** The MQTT broker: what sensors, lamps and automations talk over. */
export const mosquitto: WorkloadDefinition = {
  name: "mosquitto",
  network: 1,
  summary: "MQTT broker",
  tier: "core",
  instances: "one",
  limits: { memoryMiB: 64, cpus: 0.25, pids: 32 },
  user: { uid: 1883, gid: 1883 },
  // The image's own entry point changes owners as root.
  entrypoint: "/usr/sbin/mosquitto",
  arguments: () => ["-c", `${CONFIG}/mosquitto.conf`],
  ports: [{ name: "mqtts", number: 8883, protocol: "tcp", access: "clients" }],
  volumes: [{ name: "data", target: "/mosquitto/data", diskGiB: 1, backup: true }],
  backup: { retention: "database", hot: { kind: "files", flush: { signal: "SIGUSR1", file: "data/mosquitto.db" } } },
  tmpfs: [],
  files: (self, plan) => [
    { path: "acl", text: mosquittoAcl(self, plan) },
    { path: "mosquitto.conf", text: mosquittoConfig() },
  ],
  certificates: ["server"],
  calls: () => [],
  health: { kind: "mqtts", port: "mqtts", topic: HEALTH_TOPIC },
  healthyWithinSeconds: 30,
  // A new root certificate needs a restart (mosquitto.conf(5)), so `tls/ca.pem` is not among these.
  reload: { signal: "SIGHUP", paths: ["acl", "tls/server.pem", "tls/server.key"] },
  stopTimeoutSeconds: 15,
};

/**
 * `mosquitto.conf`, valid for Mosquitto 2.0 and 2.1: one door, with mutual TLS; who you are says your certificate.
 * Mosquitto lets every client with a certificate of the lab connect, and then do nothing that the `acl` does not name: it has
 * no setting that refuses a connection by name.
 */
function mosquittoConfig(): string {
  const { certificate, key } = tlsFiles("server");
  return `# One door, with mutual TLS. Who a client is, and so what it may do (acl), is said by its certificate.
listener 8883
cafile ${CA_FILE}
certfile ${certificate}
keyfile ${key}
require_certificate true
use_identity_as_username true
allow_anonymous false
acl_file ${CONFIG}/acl

# Retained messages and the queues of absent clients outlive a restart.
persistence true
persistence_location /mosquitto/data/
autosave_interval 300

log_dest stdout
log_type error
log_type warning
log_type notice
`;
}

/** `acl`: what each client may read and write. What is not named is refused. */
function mosquittoAcl(self: PlacedWorkload, plan: LabPlan): string {
  const health = aclEntry(healthIdentity(self.host, plan.config), [`read ${HEALTH_TOPIC}`]);
  const clients = [...plan.workloads]
    .sort((a, b) => compare(a.identity, b.identity))
    .flatMap(({ identity, calls }) => {
      const topics = calls.flatMap((call) => ("topics" in call && callReaches(call, self) ? (call.topics ?? []) : []));
      return topics.length > 0
        ? [
            aclEntry(
              identity,
              topics.map(({ access, topic }) => `${access} ${topic}`),
            ),
          ]
        : [];
    });
  return ["# What each client may do. What is not named is refused.\n", health, ...clients].join("\n");
}

function aclEntry(user: string, topics: readonly string[]): string {
  return `user ${user}\n${topics.map((topic) => `topic ${topic}\n`).join("")}`;
}
