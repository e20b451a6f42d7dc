import type { Tier } from "../definition.ts";
import type { HostFiles } from "../host-files.ts";
import type { PlannedHost } from "../model.ts";

/** systemd's folder for units that come neither from the distribution nor from a person. */
const UNITS = "/usr/local/lib/systemd/system";

const PREFIX = "homelab-backup-";

const TIERS: readonly Tier[] = ["core", "important", "optional"];

/** What all of a host's jobs do in: as many as there may be at once, they have memory for about two runs of restic together. */
const SLICE = "homelab-backup.slice";
const MEMORY_MIB = 384;

/** Minutes between two copies: what a place lacks is never more than a backup and a copy apart. */
const COPY_MINUTES = 15;

/**
 * The timers of a host's backups. Each tier has its own, and each place too: one that takes hours, or does not answer, keeps
 * nothing else waiting.
 */
export function backupTimers(host: PlannedHost, program: string): HostFiles {
  const { every, places } = host.backup;
  const jobs: readonly Job[] = [
    ...TIERS.map((tier) => ({
      name: tier,
      summary: `Backups of ${tier} workloads`,
      command: `backup --tier ${tier}`,
      timer: repeated(every[tier]),
    })),
    ...places.map(({ name }) => ({
      name: `copy-${name}`,
      summary: `Copies of backups to ${name}`,
      command: `copy ${name}`,
      timer: repeated(COPY_MINUTES),
    })),
    // One after the other at night: both want the disk.
    { name: "forget", summary: "Old backups are thinned out", command: "forget", timer: nightly("02:30") },
    { name: "check", summary: "Check of a part of the backups", command: "check", timer: nightly("04:00") },
  ];
  const timers = jobs.map(({ name }) => `${PREFIX}${name}.timer`);
  return {
    name: "backup-timers",
    path: UNITS,
    files: {
      [SLICE]: slice,
      ...Object.fromEntries(
        jobs.flatMap((job) => [
          [`${PREFIX}${job.name}.service`, service(job, program)],
          [`${PREFIX}${job.name}.timer`, timer(job)],
        ]),
      ),
    },
    // Of a job that is gone the timer would run on.
    activate: `${stopTimers} && systemctl daemon-reload && systemctl enable --quiet --now ${timers.join(" ")}`,
    deactivate: `${stopTimers} && systemctl daemon-reload`,
  };
}

const stopTimers = `systemctl stop '${PREFIX}*.timer' && rm -f /etc/systemd/system/timers.target.wants/${PREFIX}*.timer`;

interface Job {
  readonly name: string;
  readonly summary: string;
  readonly command: string;
  readonly timer: readonly string[];
}

/** From the start of one run to the start of the next. At boot, applications come first. */
function repeated(minutes: number): readonly string[] {
  return ["OnActiveSec=5min", `OnUnitActiveSec=${minutes}min`, "AccuracySec=30s"];
}

/** What a night without power left out is done later. */
function nightly(time: string): readonly string[] {
  return [`OnCalendar=*-*-* ${time}:00`, "RandomizedDelaySec=20min", "Persistent=true"];
}

function service({ summary, command }: Job, program: string): string {
  return `[Unit]
Description=homelab: ${summary}
RequiresMountsFor=/var/lib/homelab

[Service]
Type=oneshot
ExecStart=${program} ${command}
TimeoutStartSec=infinity
Nice=10
IOSchedulingClass=idle
Slice=${SLICE}
`;
}

const slice = `[Unit]
Description=homelab: timers of backups

[Slice]
MemoryHigh=${MEMORY_MIB}M
`;

function timer({ summary, timer: lines }: Job): string {
  return `[Unit]
Description=homelab: ${summary}

[Timer]
${lines.join("\n")}

[Install]
WantedBy=timers.target
`;
}
