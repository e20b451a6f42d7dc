import type { BackupRecipe } from "../../lab/model.ts";

/**
 * What the provider and the host's program (`host/`) say to each other: JSON on stdin and stdout of one ssh session.
 * `host/` reads the same names; change both together and raise {@link PROTOCOL_VERSION}.
 */

/** A request of another version is refused by the host: its program is then older or newer than the provider. */
export const PROTOCOL_VERSION = 2;

/** What each request on stdin has besides. None of it makes another content. */
export interface Identified {
  /**
   * A few random hexadecimal digits of one `create`, `update` or `delete`. Asked again after a connection broke, the host knows
   * it by them, and gives the outcome of what it began.
   */
  readonly id: string;
  /** The host's name, which is its stack's. */
  readonly host: string;
  /** The program's git commit; empty outside of a repository. */
  readonly commit: string;
  /**
   * Whether `restore` is asked for now. What was asked for once stays among the inputs: neither a host that has lost everything
   * nor one that had other data back since (`homelab restore`) may take that old snapshot for the one to go by.
   */
  readonly restoring?: boolean;
  /** Whether to begin with empty data although a place where there may be a snapshot of it does not answer. */
  readonly initialise: boolean;
}

/** stdin of `homelab apply`: everything about a workload, in the words of the host. */
export interface ApplyRequest {
  readonly version: typeof PROTOCOL_VERSION;
  readonly workload: string;
  /** SHA-256 (hex) of the rest of this request: the same content is never applied twice. */
  readonly content: string;
  /** `docker.io/prom/prometheus@sha256:…`, present on the host before the request. */
  readonly image: string;
  /** The tag, for people. */
  readonly imageTag: string;
  /** Quadlet files by name, e.g. `prometheus.container`, `prometheus.network`. */
  readonly units: Readonly<Record<string, string>>;
  readonly files: readonly StagedFile[];
  /** SHA-256 (hex) of `files`: the name of their directory, which `current` points to. */
  readonly filesHash: string;
  /** Directories of the host that hold data; made if missing, never removed, owner set only when made. */
  readonly directories: readonly { readonly path: string; readonly uid: number; readonly gid: number }[];
  readonly health: {
    /** Run on the host; exit status 0 is healthy. */
    readonly command: readonly string[];
    /** For one attempt. */
    readonly attemptSeconds: number;
    /** From the start to the first good answer. */
    readonly withinSeconds: number;
    /** The same for as long as it shows progress: a new version that converts its data. */
    readonly migratedWithinSeconds?: number;
  };
  /** How to back up its data; null where it has none that is worth it. */
  readonly backup: null | BackupRecipe;
  /**
   * Data to put in the place of what is there, once: a snapshot's id, with anything after a `/`, so that the same snapshot can be
   * asked for again.
   */
  readonly restore: null | string;
  readonly reload: null | {
    readonly signal: string;
    /** Files, or folders with `/` at the end. */
    readonly paths: readonly string[];
    readonly metric: null | { readonly command: readonly string[]; readonly name: string };
  };
  /** Run in the running container after the link was switched, before the signal. */
  readonly validate: null | readonly string[];
  readonly stopSeconds: number;
}

/** A file of the workload's configuration directory. Owner root, group {@link gid}, mode 0640, folders 0750. */
export interface StagedFile {
  readonly path: string;
  readonly base64: string;
  readonly gid: number;
  /** Read back as a hash only. */
  readonly secret: boolean;
}

/** stdin of `homelab remove`. */
export interface RemoveRequest {
  readonly version: typeof PROTOCOL_VERSION;
  readonly workload: string;
  readonly deleteData: boolean;
}

/** Last line of stdout of `apply`, `remove` and `attach`. */
export interface Outcome {
  readonly version: typeof PROTOCOL_VERSION;
  readonly workload: string;
  /** Empty when nothing was to be done. */
  readonly transaction: string;
  /**
   * - `confirmed`: the new version serves (or is removed).
   * - `unchanged`: this content is confirmed already and serves; nothing was touched.
   * - `reverted`: it did not become healthy; the old version serves again (or, on create, nothing is left).
   * - `refused`: found out before anything was stopped.
   * - `unsettled`: neither way worked; the workload is kept down, the journal says why.
   */
  readonly result: "confirmed" | "unchanged" | "reverted" | "refused" | "unsettled";
  /** How it was done. `reload` and `update` (limits, lines that only systemd reads) leave the process running. */
  readonly action: "none" | "create" | "restart" | "reload" | "update" | "remove";
  /** For people: what happened and what to do, some lines. */
  readonly message: string;
  /**
   * For people, part of {@link message}: what they have to hear of although it went well. A last backup that failed, a copy that is
   * not elsewhere yet, where replaced data is kept. Mostly empty; missing in what an earlier version of the host's program wrote.
   */
  readonly notes?: string;
  /** The application's last log lines, where it failed. */
  readonly log: readonly string[];
  /** How long nothing served, as the host saw it. */
  readonly outageSeconds: number;
  /** What the last change of the image left to go back to; null if there was none, or no data. */
  readonly restorePoint: null | RestorePoint;
}

/** A cold snapshot of a workload's data in the repository on its host. */
export interface RestorePoint {
  readonly snapshot: string;
  /** `repository@digest` and tag of the version that wrote the data; empty of data that a removed workload had left. */
  readonly image: string;
  readonly imageTag: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly bytes: number;
}

/** An image that is not brought up again until it is released. */
export interface Hold {
  /** The tag, for people. */
  readonly imageTag: string;
  /** For people. */
  readonly why: string;
  readonly transaction: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** stdout of `read.py`: everything the host knows of what is ours, in one go; `workloads` stand in a second line. */
export interface HostReading {
  readonly version: typeof PROTOCOL_VERSION;
  readonly workloads: Readonly<Record<string, WorkloadReading>>;
  readonly directories: Readonly<Record<string, DirectoryReading>>;
}

/** What a host knows of one workload. */
export interface WorkloadReading {
  /** `healthy`, or in a person's words what is wrong: `stopped`, `container is missing`, `unhealthy: …`. */
  readonly state: string;
  /** Confirmed content, as in {@link ApplyRequest.content}; empty if there is none. */
  readonly content: string;
  /** Reference (`repository@digest`) of the image that runs; empty if none. */
  readonly image: string;
  /** Text of the unit files as they lie on the host. */
  readonly units: Readonly<Record<string, string>>;
  /** Plain declared files, as text in base64, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 (hex) of the secret declared files, by path. */
  readonly secrets: Readonly<Record<string, string>>;
  /** SHA-256 (hex) of files that nobody declared, by path; drop-ins of its units as `<unit>.d/<name>`. */
  readonly undeclared: Readonly<Record<string, string>>;
  /** What its container may use at most, as podman has it: bytes, processors (to a thousandth), processes. Null: there is none. */
  readonly limits: null | {
    readonly memory: number;
    readonly memorySwap: number;
    readonly cpus: number;
    readonly pids: number;
  };
  /** The rest of the request that was confirmed; null if there is none. */
  readonly settings: null | Pick<ApplyRequest, SettingKeys>;
  /** Subnets of its network as podman has them, by network name. */
  readonly subnets: Readonly<Record<string, string>>;
  /** As in {@link Outcome.restorePoint}. */
  readonly restorePoint: null | RestorePoint;
  /** Images that are held, by `repository@digest`. */
  readonly holds: Readonly<Record<string, Hold>>;
}

type SettingKeys = "imageTag" | "directories" | "health" | "reload" | "validate" | "stopSeconds" | "backup" | "restore";

/** A directory written by the files provider. Owner is `uid:gid user:group`, mode octal like `0644`. */
export interface DirectoryReading {
  readonly files: Readonly<
    Record<string, { readonly base64?: string; readonly sha256: string; readonly mode: string; readonly owner: string }>
  >;
  readonly undeclared: Readonly<Record<string, string>>;
}
