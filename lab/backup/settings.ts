import type { HostPlan } from "../model.ts";
import { sortedNames } from "../names.ts";
import type { BackupPlace } from "./model.ts";

/** Where a host's settings of backups lie, with its passwords and credentials beside them. */
export const BACKUP_DIRECTORY = "/etc/homelab/backup";

/** The file with the password of a host's repositories, in {@link BACKUP_DIRECTORY}. */
export const PASSWORD_FILE = "password";

/** What restic presents to other hosts, certificate and key in one file, and whom it trusts. */
export const COPY_TLS = { ca: "tls/ca.pem", client: "tls/client.pem" } as const;

/** The file with the password of another host, whose copies lie here. */
export function passwordFileOf(host: string): string {
  return `passwords/${host}`;
}

/** The file with a place's credentials, `KEY=value` by line. */
export function credentialsFile(place: string): string {
  return `credentials/${place}`;
}

/**
 * `settings.json`: what the host's program knows of backups (providers/workload/host/settings.py). Secrets stand beside it, in
 * files of their own.
 *
 * @param disk which disk the host had when it came into the lab; see components/backup.ts
 */
export function backupSettings({ host, restic }: HostPlan, disk: string): string {
  const { repository, places, keeps, every } = host.backup;
  const settings = {
    host: host.name,
    // The image that /usr/local/bin/restic is taken out of.
    restic: `${restic.repository}@${restic.digest}`,
    repository,
    places: places.map(placeSettings),
    keeps: keeps.map(({ host: copier, repository: copy }) => ({
      host: copier,
      repository: copy,
      password: fileOf(passwordFileOf(copier)),
    })),
    workloads: Object.fromEntries(
      host.workloads
        .filter(({ volumes }) => volumes.some(({ backup }) => backup === true))
        .map(({ name, definition: { tier } }) => [name, { tier, everyMinutes: every[tier] }]),
    ),
    disk,
  };
  return `${JSON.stringify(sorted(settings), null, 2)}\n`;
}

function placeSettings({ name, repository, onHost, prune }: BackupPlace): object {
  const tls = { RESTIC_CACERT: fileOf(COPY_TLS.ca), RESTIC_TLS_CLIENT_CERT: fileOf(COPY_TLS.client) };
  return {
    name,
    repository,
    prune,
    environment: onHost ? tls : {},
    ...(onHost ? {} : { credentials: fileOf(credentialsFile(name)) }),
  };
}

function fileOf(name: string): string {
  return `${BACKUP_DIRECTORY}/${name}`;
}

/** Workloads come in the order of the bring-up, which others may change. */
function sorted<T extends { readonly workloads: Readonly<Record<string, unknown>> }>(settings: T): T {
  return {
    ...settings,
    workloads: Object.fromEntries(sortedNames(settings.workloads).map((name) => [name, settings.workloads[name]])),
  };
}
