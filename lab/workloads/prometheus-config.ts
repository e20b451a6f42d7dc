import type { LabPlan, PlacedWorkload } from "../model.ts";
import { compare } from "../names.ts";
import { CA_FILE, CONFIG, tlsFiles } from "../paths.ts";
import { yamlText } from "../yaml.ts";

/** Targets with the labels that all of them get. */
interface StaticConfig {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * `prometheus.yml`: what is measured how often, and where alerts go. Targets are names, which the container's `/etc/hosts`
 * knows and which the servers' certificates are verified against.
 */
export function prometheusConfig(self: PlacedWorkload, plan: LabPlan): string {
  const alertmanagers = plan.workloads.filter(({ name }) => name === "alertmanager");
  const config = {
    global: { scrape_interval: "30s", evaluation_interval: "30s" },
    rule_files: [`${CONFIG}/rules/*.yml`],
    ...(alertmanagers.length > 0
      ? { alerting: { alertmanagers: [{ ...mutualTls(), static_configs: alertmanagers.map((w) => target(w, "https")) }] } }
      : {}),
    scrape_configs: [
      scrape("node-exporter", "/metrics", plan.hosts.filter((host) => calls(self, host.name)).map(nodeExporterTarget)),
      ...workloadScrapes(plan),
    ],
  };
  return yamlText(config, "What is measured, and where alerts go.");
}

/** One job per workload with metrics, with all its instances. */
function workloadScrapes(plan: LabPlan): readonly unknown[] {
  const names = new Set(plan.workloads.filter(({ definition }) => definition.metrics).map(({ name }) => name));
  return [...names].sort(compare).flatMap((name) => {
    const instances = plan.workloads.filter((workload) => workload.name === name).sort((a, b) => compare(a.host, b.host));
    const metrics = instances[0]?.definition.metrics;
    return metrics
      ? [
          scrape(
            name,
            metrics.path,
            instances.map((instance) => target(instance, metrics.port)),
          ),
        ]
      : [];
  });
}

function scrape(job: string, path: string, targets: readonly StaticConfig[]): unknown {
  return { job_name: job, metrics_path: path, ...mutualTls(), static_configs: targets };
}

/** With `ca_file`: without it Prometheus does not notice that certificates were renewed. */
function mutualTls(): unknown & object {
  const { certificate, key } = tlsFiles("client");
  return {
    scheme: "https",
    tls_config: { ca_file: CA_FILE, cert_file: certificate, key_file: key, min_version: "TLS13" },
  };
}

function target(workload: PlacedWorkload, portName: string): StaticConfig {
  const number = workload.ports.find(({ name }) => name === portName)?.number;
  return { targets: [`${workload.identity}:${number}`], labels: { host: workload.host } };
}

function nodeExporterTarget(host: LabPlan["hosts"][number]): StaticConfig {
  return { targets: [`${host.nodeExporter.identity}:${host.nodeExporter.port}`], labels: { host: host.name } };
}

function calls(self: PlacedWorkload, host: string): boolean {
  return self.calls.some((call) => "service" in call && call.host === host);
}
