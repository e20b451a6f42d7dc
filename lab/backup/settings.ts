import type { HostPlan } from "../model.ts";
import { sortedNames } from "../names.ts";
import { credentialFileOf, placeOf, SSH_KEY, variableOf } from "./credentials.ts";
import type { BackupPlace, HostBackup } from "./model.ts";
import { knownHosts, type SftpServer } from "./sftp.ts";

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

/** The file of a credential that is one. Its name has a dot: no place's has. */
export function credentialFile(place: string, variable: string): string {
  return `credentials/${place}.${variable}`;
}

/** A line of {@link credentialsFile}: of a credential that is a file, its path, if restic wants to hear of it that way. */
export function credentialLine(name: string, value: string): string {
  const [place = "", variable, file] = [placeOf(name), variableOf(name), credentialFileOf(name)];
  if (!file) return `${variable}=${value}\n`;
  return file.isVariable ? `${variable}=${fileOf(credentialFile(place, variable))}\n` : "";
}

/** Files with the keys of the servers that a host's places are on. */
export function knownHostsFiles({ places }: HostBackup): Record<string, string> {
  const entries = places.flatMap(({ name, ssh }) => (ssh ? [[knownHostsFile(name), knownHosts(ssh, ssh.hostKey)] as const] : []));
  return Object.fromEntries(entries);
}

function knownHostsFile(place: string): string {
  return `known-hosts/${place}`;
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

function placeSettings({ name, repository, onHost, prune, ssh }: BackupPlace): object {
  const tls = { RESTIC_CACERT: fileOf(COPY_TLS.ca), RESTIC_TLS_CLIENT_CERT: fileOf(COPY_TLS.client) };
  return {
    name,
    repository,
    prune,
    environment: onHost ? tls : {},
    ...(onHost ? {} : { credentials: fileOf(credentialsFile(name)) }),
    ...(ssh ? { ssh: sshSettings(name, ssh) } : {}),
  };
}

function sshSettings(place: string, { host, port }: SftpServer): object {
  return { host, port, key: fileOf(credentialFile(place, SSH_KEY)), knownHosts: fileOf(knownHostsFile(place)) };
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
