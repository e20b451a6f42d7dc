import type { AlertRule } from "../definition.ts";
import type { LabPlan } from "../model.ts";
import { compare } from "../names.ts";
import { HEALTH_METRICS } from "../node-exporter.ts";
import { yamlText } from "../yaml.ts";

/** What is left of a certificate when somebody is told: less than that with which it is renewed, and enough to come back from a journey. */
const CERTIFICATE_DAYS = 20;

/** `rules/hosts.yml`: what can be wrong with a Pi. */
export function hostRules(): string {
  const disk = 'node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"}';
  const asked = `node_textfile_mtime_seconds{file="${HEALTH_METRICS}"}`;
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
    {
      alert: "HealthUnknown",
      // node_exporter goes on showing what the timer left last: a timer that stands still looks like a healthy host.
      expr: `time() - ${asked} > 300 or (up{job="node-exporter"} == 1 unless on (host) ${asked})`,
      for: "5m",
      summary: "{{ $labels.host }} does not ask its workloads any more whether they work",
    },
    {
      alert: "CertificateExpires",
      // Any `up` renews what has a third of its 90 days left. Once they have run out, this alert has no way to anybody either.
      expr: `homelab_certificate_expiry_timestamp_seconds - time() < ${CERTIFICATE_DAYS} * 86400`,
      for: "1h",
      summary:
        "{{ $labels.file }} on {{ $labels.host }} runs out in {{ $value | humanizeDuration }}. To renew it: npm run deploy",
    },
  ]);
}

/** `rules/workloads.yml`: what can be wrong with any workload, and what those of the plan say of themselves. */
export function workloadRules({ workloads }: LabPlan): string {
  const general: readonly AlertRule[] = [
    {
      alert: "WorkloadDown",
      // What the host's health check got: also of those that give no measurements.
      expr: "homelab_workload_healthy == 0",
      for: "2m",
      summary: "{{ $labels.workload }} on {{ $labels.host }} does not answer as it should",
    },
    {
      alert: "WorkloadInTransaction",
      // Nobody can say whether it works meanwhile. Much data takes its time to be put back.
      expr: "homelab_workload_in_transaction == 1",
      for: "2h",
      summary: "A change of {{ $labels.workload }} on {{ $labels.host }} does not come to an end",
    },
    {
      alert: "MetricsMissing",
      expr: 'up{job!="node-exporter"} == 0',
      for: "2m",
      summary: "{{ $labels.job }} on {{ $labels.host }} gives no measurements",
    },
  ];
  const own = new Map(workloads.map(({ name, definition: { alerts = [] } }) => [name, alerts]));
  const groups = [...own].filter(([, alerts]) => alerts.length > 0).sort(([a], [b]) => compare(a, b));
  return rules("workloads", "What can be wrong with a workload.", general, groups);
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
      // Two nights: one may fail, as while a long copy is under way. The next does it all, up to an hour later in the night.
      for: "36h",
      summary: "Old backups of {{ $labels.host }} ({{ $labels.place }}) are not thinned out",
    },
    {
      alert: "RestoreFailed",
      // No timer restores again, so that nothing else would end it; who came back by himself to the data of before needs to know once.
      expr: "homelab_restore_success == 0 and time() - homelab_restore_timestamp_seconds < 86400",
      for: "0m",
      summary: "Data of {{ $labels.workload }} on {{ $labels.host }} could not be restored",
    },
  ]);
}

/** @param own alerts of workloads, which get the name as a label, as those for all workloads have it */
function rules(
  name: string,
  comment: string,
  general: readonly AlertRule[],
  own: readonly (readonly [workload: string, alerts: readonly AlertRule[]])[] = [],
): string {
  const groups = own.map(([workload, alerts]) => ({ name: workload, rules: alerts.map((alert) => rule(alert, { workload })) }));
  return yamlText({ groups: [{ name, rules: general.map((alert) => rule(alert)) }, ...groups] }, comment);
}

function rule({ summary, ...alert }: AlertRule, labels?: Readonly<Record<string, string>>): unknown {
  return { ...alert, ...(labels ? { labels } : {}), annotations: { summary } };
}
