import type { Call, Placement, Placements, VolumeDefinition, WorkloadDefinition } from "../definition.ts";
import type { PlacedWorkload } from "../model.ts";
import { pageName, placementsNamed, sortedNames } from "../names.ts";
import { CA_FILE, CONFIG, tlsFiles } from "../paths.ts";
import { exporterWebConfig } from "../web-config.ts";
import { prometheusConfig } from "./prometheus-config.ts";
import { backupRules, hostRules, workloadRules } from "./prometheus-rules.ts";

const PAGE = "metrics";

const DATA: VolumeDefinition = { name: "data", target: "/prometheus", diskGiB: 16, backup: true };

/** Collects and keeps measurements of everything, and says when something is wrong. */
export const prometheus: WorkloadDefinition = {
  name: "prometheus",
  network: 2,
  summary: "Collects measurements, raises alerts",
  tier: "important",
  instances: "one",
  limits: { memoryMiB: 768, cpus: 1, pids: 128 },
  // `nobody` of the image.
  user: { uid: 65534, gid: 1991 },
  entrypoint: "/bin/prometheus",
  arguments: (_self, plan) => [
    `--config.file=${CONFIG}/prometheus.yml`,
    `--web.config.file=${CONFIG}/web.yml`,
    `--web.external-url=https://${pageName(PAGE, plan.config)}/`,
    `--storage.tsdb.path=${DATA.target}`,
    // The rest is for the write-ahead log, which this limit does not count, and for blocks that are being compacted.
    `--storage.tsdb.retention.size=${Math.floor(DATA.diskGiB * 0.75)}GB`,
    "--storage.tsdb.retention.time=180d",
    // Its snapshots are how it is backed up while it runs. The door keeps people from the rest of this API.
    "--web.enable-admin-api",
  ],
  ports: [{ name: "https", number: 9090, protocol: "tcp", access: "clients" }],
  volumes: [DATA],
  backup: { retention: "state", hot: { kind: "prometheus", port: "https", volume: DATA.name } },
  tmpfs: [],
  files: (self, plan) => [
    { path: "prometheus.yml", text: prometheusConfig(self, plan) },
    { path: "rules/backups.yml", text: backupRules() },
    { path: "rules/hosts.yml", text: hostRules() },
    { path: "rules/workloads.yml", text: workloadRules(plan) },
    { path: "web.yml", text: prometheusWebConfig(self) },
  ],
  certificates: ["server", "client"],
  calls: scrapedBy,
  page: { name: PAGE, port: "https", closed: ["/api/v1/admin/"] },
  metrics: { port: "https", path: "/metrics" },
  alerts: [
    {
      alert: "ConfigurationRefused",
      expr: "prometheus_config_last_reload_successful == 0",
      for: "5m",
      summary: "Prometheus on {{ $labels.host }} runs with an older configuration than it was given",
    },
  ],
  health: { kind: "https", port: "https", path: "/-/ready" },
  // Reading the write-ahead log after a power cut takes a minute on a full day's data.
  healthyWithinSeconds: 180,
  reload: {
    signal: "SIGHUP",
    paths: ["prometheus.yml", "rules/", "web.yml", "tls/"],
    metric: { port: "https", path: "/metrics", name: "prometheus_config_last_reload_success_timestamp_seconds" },
  },
  validate: ["/bin/promtool", "check", "config", `${CONFIG}/prometheus.yml`],
  stopTimeoutSeconds: 60,
};

/** Whom Prometheus calls: node_exporter of every host, every workload with metrics (itself too), Alertmanager. */
function scrapedBy(_self: Placement, lab: Placements): readonly Call[] {
  const hosts = sortedNames(lab.config.hosts).map((host) => ({ service: "node-exporter", host }) as const);
  const scraped = lab.all.flatMap(({ definition: { metrics }, name, host }) =>
    metrics ? [{ workload: name, host, port: metrics.port }] : [],
  );
  const alerting = placementsNamed(lab, "alertmanager").map(({ name, host }) => ({ workload: name, host, port: "https" }));
  const further = alerting.filter(
    (call) => !scraped.some((other) => other.workload === call.workload && other.port === call.port),
  );
  return [...hosts, ...scraped, ...further];
}

/** `web.yml`: only those who call it. */
function prometheusWebConfig(self: PlacedWorkload): string {
  return exporterWebConfig({ ca: CA_FILE, ...tlsFiles("server") }, self.ports[0]?.clients ?? []);
}
