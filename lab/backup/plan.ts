import { clientCertificate } from "../certificates.ts";
import type { Placements } from "../definition.ts";
import type { LabConfig } from "../model.ts";
import { backupIdentity, sortedNames } from "../names.ts";
import { dataDirectory } from "../paths.ts";
import { type BackupConfig, type BackupPlace, type HostBackup, NO_COPIES, type PlaceConfig } from "./model.ts";
import { sftpServer } from "./sftp.ts";

/** A host's first repository where the configuration names no other place: on its own disk. */
export const LOCAL_REPOSITORY = "/var/lib/homelab/backup/repository";

/** The workload that keeps other hosts' copies, and its volume. */
export const REST_SERVER = { name: "rest-server", port: "https", volume: "repositories" } as const;

/** The port of a host's Nginx that copies come in by. */
export const SERVICE_PORT = 8443;

/** What the lab says of backups. */
export function backupConfig({ backup = NO_COPIES }: LabConfig): BackupConfig {
  return backup;
}

/** A host's backups: where they go, and whose copies it keeps. */
export function planBackup(host: string, config: LabConfig): HostBackup {
  const { repositories, copies, places, every } = backupConfig(config);
  const identity = backupIdentity(host, config);
  const elsewhere: BackupPlace[] = sortedNames(places).flatMap((name) => {
    const place = places[name];
    return place ? [planPlace(name, place, host)] : [];
  });
  const onHosts: BackupPlace[] = (copies[host] ?? []).flatMap((keeper) => {
    const address = config.hosts[keeper]?.address;
    // By address, which stands in the certificate too: it must not need a DNS server, that may be what has to be restored.
    if (address === undefined) return [];
    const repository = `rest:https://${address}:${SERVICE_PORT}${copyPath(host)}`;
    return [{ name: keeper, repository, onHost: true, prune: false }];
  });
  return {
    identity,
    certificate: clientCertificate(identity),
    repository: repositories[host] ?? LOCAL_REPOSITORY,
    places: [...onHosts, ...elsewhere],
    keeps: copiersTo(host, config).map((copier) => ({ host: copier, repository: copyDirectory(copier) })),
    every,
  };
}

/** A host's own repository in a place. */
export function repositoryOf({ repository }: PlaceConfig, host: string): string {
  return repository.replaceAll("{host}", host);
}

function planPlace(name: string, place: PlaceConfig, host: string): BackupPlace {
  const repository = repositoryOf(place, host);
  const server = sftpServer(repository);
  const ssh = server && place.hostKey !== undefined ? { ssh: { ...server, hostKey: place.hostKey } } : {};
  return { name, repository, onHost: false, prune: place.prune, ...ssh };
}

/** Where a host's Nginx has the copies of another: a path that opens for that host's certificate alone. */
export function copyPath(host: string): string {
  return `/backup/${host}/`;
}

/** Where the same repository lies on the disk of the host that keeps it. */
function copyDirectory(host: string): string {
  return `${dataDirectory(REST_SERVER.name, REST_SERVER.volume)}/${host}`;
}

/** The hosts whose copies a host keeps. */
export function copiersTo(host: string, config: LabConfig): readonly string[] {
  const { copies } = backupConfig(config);
  return sortedNames(copies).filter((copier) => copier in config.hosts && copies[copier]?.includes(host));
}

/** Identities by which hosts bring their copies to this one. */
export function copierIdentities(host: string, { config }: Placements): readonly string[] {
  return copiersTo(host, config).map((copier) => backupIdentity(copier, config));
}
