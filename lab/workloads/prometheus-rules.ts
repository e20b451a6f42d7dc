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

/** `rules/backups.yml`: what can be wrong with backups. What a host's jobs leave for node_exporter: providers/workload/host/results.py. */
export function backupRules(): string {
  const newest = "homelab_backup_newest_timestamp_seconds";
  const wanted = "homelab_backup_interval_seconds";
  return rules("backups", "What can be wrong with backups.", [
    {
      alert: "BackupTooOld",
      // To a place other than the host's own it takes one more step.
      expr: `time() - ${newest} > on (host, workload) group_left () (2 * ${wanted} + 1800)`,
      for: "5m",
      summary:
        "The newest backup of {{ $labels.workload }} on {{ $labels.host }} ({{ $labels.place }}) is {{ $value | humanizeDuration }} old",
    },
    {
      alert: "BackupMissing",
      expr: `${wanted} unless on (host, workload) ${newest}{place="local"}`,
      for: "3h",
      summary: "There is no backup of {{ $labels.workload }} on {{ $labels.host }}",
    },
    {
      alert: "BackupFailed",
      expr: "homelab_backup_success == 0",
      for: "5m",
      summary: "The last backup of {{ $labels.workload }} on {{ $labels.host }} failed",
    },
    {
      alert: "BackupCopyFailed",
      // A Pi that is restarted, or a line that is down for the night, is no news.
      expr: "homelab_copy_success == 0",
      for: "2h",
      summary: "Backups of {{ $labels.host }} do not get to {{ $labels.place }}",
    },
    {
      alert: "BackupCheckFailed",
      expr: "homelab_check_success == 0",
      for: "5m",
      summary: "Backups of {{ $labels.host }} ({{ $labels.place }}) are damaged, or could not be checked",
    },
    {
      alert: "BackupCheckTooOld",
      expr: "time() - homelab_check_last_success_timestamp_seconds > 2 * 86400",
      for: "1h",
      summary: "Backups of {{ $labels.host }} ({{ $labels.place }}) were not checked for two days",
    },
    {
      alert: "BackupForgetFailed",
      expr: "homelab_forget_success == 0",
      for: "1d",
      summary: "Old backups of {{ $labels.host }} ({{ $labels.place }}) are not thinned out",
    },
    {
      alert: "RestoreFailed",
      expr: "homelab_restore_success == 0",
      for: "0m",
      summary: "Data of {{ $labels.workload }} on {{ $labels.host }} could not be restored",
    },
  ]);
}

function rules(group: string, comment: string, alerts: readonly Alert[]): string {
  const withAnnotations = alerts.map(({ summary, ...alert }) => ({ ...alert, annotations: { summary } }));
  return yamlText({ groups: [{ name: group, rules: withAnnotations }] }, comment);
}
