import { yamlText } from "../yaml.ts";

/** An alert: when, for how long, and what a person reads. */
interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly summary: string;
}

/** `rules/hosts.yml`: what can be wrong with a Pi. */
export function hostRules(): string {
  const disk = 'node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"}';
  return rules("hosts", "What can be wrong with a Pi.", [
    {
      alert: "NodeDown",
      expr: 'up{job="node-exporter"} == 0',
      for: "2m",
      summary: "{{ $labels.host }} does not answer",
    },
    {
      alert: "DiskFull",
      expr: `${disk} < 0.1`,
      for: "10m",
      summary: "Less than a tenth of {{ $labels.host }}'s disk is free",
    },
    {
      alert: "HighMemory",
      expr: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.08",
      for: "10m",
      summary: "Less than 8 % of {{ $labels.host }}'s memory is available",
    },
  ]);
}

/** `rules/workloads.yml`: what can be wrong with a workload. */
export function workloadRules(): string {
  return rules("workloads", "What can be wrong with a workload.", [
    {
      alert: "WorkloadDown",
      expr: 'up{job!="node-exporter"} == 0',
      for: "2m",
      summary: "{{ $labels.job }} on {{ $labels.host }} does not answer",
    },
    {
      alert: "ConfigurationRefused",
      expr: "prometheus_config_last_reload_successful == 0 or alertmanager_config_last_reload_successful == 0",
      for: "5m",
      summary: "{{ $labels.job }} on {{ $labels.host }} runs with an older configuration than it was given",
    },
  ]);
}

function rules(group: string, comment: string, alerts: readonly Alert[]): string {
  const withAnnotations = alerts.map(({ summary, ...alert }) => ({ ...alert, annotations: { summary } }));
  return yamlText({ groups: [{ name: group, rules: withAnnotations }] }, comment);
}
