import { pick } from "../pick.ts";
import type { SshTarget } from "../ssh.ts";

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
  /** Files like {@link files} that hold keys or passwords. Secret as a whole. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Group that may read the files. */
  readonly gid: number;
  readonly directories: readonly { readonly path: string; readonly uid: number; readonly gid: number }[];
  readonly health: { readonly command: readonly string[]; readonly attemptSeconds: number; readonly withinSeconds: number };
  readonly reload?: {
    readonly signal: string;
    readonly paths: readonly string[];
    readonly metric?: { readonly command: readonly string[]; readonly name: string };
  };
  readonly validate?: readonly string[];
  readonly stopSeconds: number;
  /**
   * When its turn is among the workloads that change at once, the smaller the sooner (queue.ts). That alone is no change: `diff`
   * does not look at it.
   */
  readonly turn: number;
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
   * For how long nothing served, in seconds, the last time that it was changed in a way that interrupts it (`restart`): what a
   * person may expect of the next. A state that an earlier version of the program wrote has none.
   */
  readonly outages?: Readonly<Record<string, number>>;
}

/** The {@link WorkloadInputs.state} that is declared, always. */
export const HEALTHY = "healthy";

const KEYS = [
  ...(["host", "name", "image", "version", "units", "files", "secrets", "gid", "directories"] as const),
  ...(["health", "reload", "validate", "stopSeconds", "turn", "state", "found"] as const),
];

/** The inputs of an object that may hold outputs, and Pulumi's own keys, beside them. */
export function inputsOf(properties: WorkloadInputs): WorkloadInputs {
  return pick(properties, KEYS);
}
