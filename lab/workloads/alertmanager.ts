import type { AlertsConfig } from "../alerts/model.ts";
import { receiverWays } from "../alerts/receivers.ts";
import { alertSecret, alertSecrets, RECEIVERS, receiverFile } from "../alerts/secrets.ts";
import type { WorkloadDefinition } from "../definition.ts";
import type { PlacedWorkload } from "../model.ts";
import { pageName } from "../names.ts";
import { CA_FILE, CONFIG, tlsFiles } from "../paths.ts";
import { exporterWebConfig } from "../web-config.ts";
import { yamlText } from "../yaml.ts";

const PAGE = "alerts";

/** Groups alerts and passes them on. */
export const alertmanager: WorkloadDefinition = {
  name: "alertmanager",
  network: 3,
  summary: "Groups alerts and passes them on",
  tier: "important",
  instances: "one",
  limits: { memoryMiB: 96, cpus: 0.25, pids: 64 },
  // `nobody` of the image.
  user: { uid: 65534, gid: 1992 },
  entrypoint: "/bin/alertmanager",
  arguments: (_self, plan) => [
    `--config.file=${CONFIG}/alertmanager.yml`,
    `--web.config.file=${CONFIG}/web.yml`,
    `--web.external-url=https://${pageName(PAGE, plan.config)}/`,
    "--storage.path=/alertmanager",
    // There is one Alertmanager: no gossip port.
    "--cluster.listen-address=",
  ],
  ports: [{ name: "https", number: 9093, protocol: "tcp", access: "clients" }],
  volumes: [
    {
      name: "data",
      target: "/alertmanager",
      diskGiB: 1,
      backup: { none: "silences and the log of what was sent: without them an alert is sent once more" },
    },
  ],
  tmpfs: [],
  files: (self, { config }) => [
    { path: "alertmanager.yml", text: alertmanagerConfig(config.alerts) },
    { path: "web.yml", text: alertmanagerWebConfig(self) },
  ],
  secrets: (_self, { config: { alerts = {} } }) =>
    alertSecrets(alerts).map(({ receiver, what }) => ({
      path: receiverFile(receiver, what),
      kind: "given",
      secret: alertSecret(receiver, what),
    })),
  certificates: ["server"],
  calls: () => [],
  page: { name: PAGE, port: "https" },
  metrics: { port: "https", path: "/metrics" },
  alerts: [
    {
      alert: "ConfigurationRefused",
      expr: "alertmanager_config_last_reload_successful == 0",
      for: "5m",
      summary: "Alertmanager on {{ $labels.host }} runs with an older configuration than it was given",
    },
    {
      // On the page, and by the other ways.
      alert: "PeopleNotTold",
      expr: "increase(alertmanager_notifications_failed_total[30m]) > 0",
      for: "5m",
      summary: "Alertmanager on {{ $labels.host }} could not tell people of alerts by {{ $labels.integration }}",
    },
  ],
  health: { kind: "https", port: "https", path: "/-/ready" },
  healthyWithinSeconds: 60,
  reload: {
    signal: "SIGHUP",
    paths: ["alertmanager.yml", "web.yml", RECEIVERS, "tls/"],
    metric: { port: "https", path: "/metrics", name: "alertmanager_config_last_reload_success_timestamp_seconds" },
  },
  validate: ["/bin/amtool", "check-config", `${CONFIG}/alertmanager.yml`],
  stopTimeoutSeconds: 15,
};

/** `alertmanager.yml`: one route, to all who are told. They show on the page in any case. */
export function alertmanagerConfig(alerts: AlertsConfig = {}): string {
  const isAnybody = Object.keys(alerts).length > 0;
  const receiver = isAnybody ? "people" : "page";
  const config = {
    route: {
      receiver,
      group_by: ["alertname", "host"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
    },
    // A host that is down takes its workloads with it: one alert is enough.
    inhibit_rules: [
      {
        source_matchers: ['alertname = "NodeDown"'],
        target_matchers: ['alertname =~ "MetricsMissing|WorkloadDown"'],
        equal: ["host"],
      },
    ],
    receivers: [{ name: receiver, ...receiverWays(alerts) }],
  };
  return yamlText(config, `Where alerts go.${isAnybody ? "" : " Nobody is told (homelab:alerts): they are seen on the page."}`);
}

/** `web.yml`: only those who call it. */
function alertmanagerWebConfig(self: PlacedWorkload): string {
  return exporterWebConfig({ ca: CA_FILE, ...tlsFiles("server") }, self.ports[0]?.clients ?? []);
}
