import type { Tier } from "../definition.ts";
import type { CertificatePlan } from "../model.ts";
import type { SftpServer } from "./sftp.ts";

/** `homelab:backup`, parsed: where backups go, and how often. */
export interface BackupConfig {
  /** First repository by host, where it is not on the host's own disk. */
  readonly repositories: Readonly<Record<string, string>>;
  /** By host: the other hosts that keep a copy. */
  readonly copies: Readonly<Record<string, readonly string[]>>;
  /** Further places for every host, by name. `{host}` in a repository stands for the host's name. */
  readonly places: Readonly<Record<string, PlaceConfig>>;
  /** Minutes between two backups of a workload. */
  readonly every: Readonly<Record<Tier, number>>;
}

/** A further place, as a person wrote it. */
export interface PlaceConfig {
  readonly repository: string;
  readonly prune: boolean;
  /** Of an `sftp:` repository: the server's public ssh key. */
  readonly hostKey?: string | undefined;
}

/** What holds for a lab that says nothing: no copies, and the intervals of the schema. */
export const NO_COPIES: BackupConfig = {
  repositories: {},
  copies: {},
  places: {},
  every: { core: 30, important: 60, optional: 360 },
};

/** A place that a host's backups are copied to. */
export interface BackupPlace {
  /** Name of the host that keeps it, or of a place of the configuration. */
  readonly name: string;
  /** As restic writes it. */
  readonly repository: string;
  /** Whether another Pi keeps it: known by the certificate of the lab. */
  readonly onHost: boolean;
  /** Whether this host thins it out. What another Pi keeps is append-only, and thinned out by that one. */
  readonly prune: boolean;
  /** Of an `sftp:` repository: where ssh goes, and the key that the server proves itself with. */
  readonly ssh?: SftpServer & { readonly hostKey: string };
}

/** A host's backups in the plan. */
export interface HostBackup {
  /** `backup.adama.<domain>`: whom other hosts know it by. */
  readonly identity: string;
  /** What it presents to them. */
  readonly certificate: CertificatePlan;
  /** The first repository: a path of the host. */
  readonly repository: string;
  readonly places: readonly BackupPlace[];
  /** Hosts whose copies lie here, each in a repository of its own. */
  readonly keeps: readonly { readonly host: string; readonly repository: string }[];
  readonly every: Readonly<Record<Tier, number>>;
}
