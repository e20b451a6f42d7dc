import type { BackupRecipe } from "../../lab/model.ts";
import { pick } from "../pick.ts";
import type { Sources } from "../sources.ts";
import type { SshTarget } from "../ssh.ts";
import type { Hold, RestorePoint } from "./protocol.ts";

/**
 * What a workload resource is made of, as it stands in state and as a preview shows it. Plain values: the provider gets them
 * after Pulumi has resolved them.
 */
export interface WorkloadInputs {
  readonly host: SshTarget;
  readonly name: string;
  /** `docker.io/prom/prometheus@sha256:…`. */
  readonly image: string;
  /** The image's tag, for people. */
  readonly version: string;
  /** Quadlet files by name. */
  readonly units: Readonly<Record<string, string>>;
  /** Configuration files by path below `/config/current`. */
  readonly files: Readonly<Record<string, string>>;
  /** Files like {@link files} that are not text, or too long to stand in state. Left out where there are none. */
  readonly sources?: Sources;
  /** Files like {@link files} that hold keys or passwords. Secret as a whole. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Group that may read the files. */
  readonly gid: number;
  readonly directories: readonly { readonly path: string; readonly uid: number; readonly gid: number }[];
  readonly health: {
    readonly command: readonly string[];
    readonly attemptSeconds: number;
    readonly withinSeconds: number;
    readonly migratedWithinSeconds?: number;
  };
  readonly reload?: {
    readonly signal: string;
    readonly paths: readonly string[];
    readonly metric?: { readonly command: readonly string[]; readonly name: string };
  };
  readonly validate?: readonly string[];
  readonly stopSeconds: number;
  /** How to back up its data; left out where it has none that is worth it. */
  readonly backup?: BackupRecipe;
  /**
   * `11.2 → 11.3`: the change of version that data was last backed up before. Made by `check` where the image changes, so that a
   * preview shows it, and carried over by it ever after.
   */
  readonly backupBefore?: string;
  /**
   * A snapshot whose data takes the place of what is there, as in `ApplyRequest.restore`. Given for the one run that does it, and
   * carried over by `check` when it is not given any more.
   */
  readonly restore?: string;
  /** Begin with empty data although it cannot be told whether there is a snapshot of it. As {@link turn}, no change by itself. */
  readonly initialise?: boolean;
  /**
   * When its turn is among the workloads that change at once, the smaller the sooner (queue.ts). That alone is no change: `diff`
   * does not look at it.
   */
  readonly turn: number;
  /** How many workloads its host has, so that the queue knows whether all have been asked about. As {@link turn}, no change by itself. */
  readonly hostWorkloads: number;
  /**
   * What the host says of it. Declared as {@link HEALTHY}; reading puts here what a person should know (`stopped`,
   * `unhealthy: …`), so that a preview shows `state: "stopped" → "healthy"`.
   */
  readonly state: string;
  /** What reading found of files that a person should know and no other member shows. Declared empty. */
  readonly found: Readonly<Record<string, string>>;
}

/** What the resource gives back. */
export interface WorkloadOutputs extends WorkloadInputs {
  /** The last transaction on the host that changed it. */
  readonly transaction: string;
  /**
   * For how long nothing served, in seconds, the last time that it was changed in a way that interrupts it (`restart`; `upgrade`
   * with its data saved before): what a person may expect of the next. A state that an earlier version wrote has none.
   */
  readonly outages?: Readonly<Record<string, number>>;
  /** What the last change of the image left to go back to. */
  readonly restorePoint?: RestorePoint;
  /** Images that failed here or were rolled back, and are not brought up again until they are released; by `repository@digest`. */
  readonly holds?: Readonly<Record<string, Hold>>;
}

/** The {@link WorkloadInputs.state} that is declared, always. */
export const HEALTHY = "healthy";

const KEYS = [
  ...(["host", "name", "image", "version", "units", "files", "sources", "secrets", "gid", "directories"] as const),
  ...(["health", "reload", "validate", "stopSeconds", "turn", "hostWorkloads", "state", "found"] as const),
  ...(["backup", "backupBefore", "restore", "initialise"] as const),
];

/** The inputs of an object that may hold outputs, and Pulumi's own keys, beside them. */
export function inputsOf(properties: WorkloadInputs): WorkloadInputs {
  return pick(properties, KEYS);
}
