import type { HostPlan } from "../model.ts";

/** Where a host's settings of backups lie, with its passwords and credentials beside them. */
export const BACKUP_DIRECTORY = "/etc/homelab/backup";

/** The file with the password of a host's repositories, in {@link BACKUP_DIRECTORY}. */
export const PASSWORD_FILE = "password";

/** A host's first repository where the configuration names no other place: on its own disk. */
export const LOCAL_REPOSITORY = "/var/lib/homelab/backup/repository";

/** `settings.json`: what the host's program knows of backups (providers/workload/host/settings.py). */
export function backupSettings({ host, restic }: HostPlan): string {
  const settings = {
    host: host.name,
    // The image that /usr/local/bin/restic is taken out of.
    restic: `${restic.repository}@${restic.digest}`,
    repository: LOCAL_REPOSITORY,
    places: [],
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}
