import { pick } from "../pick.ts";
import type { Sources } from "../sources.ts";
import type { SshTarget } from "../ssh.ts";

/** One directory of a host and what belongs in it, as it stands in state. Plain values. */
export interface DirectoryInputs {
  readonly host: SshTarget;
  /** Absolute path, without `/` at the end. */
  readonly path: string;
  /** Whether everything in it is ours: what nobody declared is then reported, and removed by the next change. */
  readonly exclusive: boolean;
  /** Files by relative path. */
  readonly files: Readonly<Record<string, string>>;
  /** Files like {@link files} that are not text, or too long to stand in state. */
  readonly sources: Sources;
  /** Files like {@link files} that hold keys or passwords. Secret as a whole. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Octal modes: of plain files, of secret ones, and of the files that differ from both, by path. */
  readonly modes: { readonly files: string; readonly secrets: string; readonly exceptions?: Readonly<Record<string, string>> };
  /** User and group by name or number. */
  readonly owner: { readonly user: string; readonly group: string };
  /** A shell command that makes the host use what is new. If it fails, the files of before come back. */
  readonly activate: string;
  /** A shell command that makes the host do without the files, run before they are removed for good. */
  readonly deactivate: string;
  /** What reading found beside content: another mode or owner, files nobody declared. Declared empty. */
  readonly found: Readonly<Record<string, string>>;
}

const KEYS = [
  ...(["host", "path", "exclusive", "files", "sources", "secrets"] as const),
  ...(["modes", "owner", "activate", "deactivate", "found"] as const),
];

/** A state from before there were sources has none. */
const NO_SOURCES = { sources: {} };

/** The inputs of an object that may hold Pulumi's own keys beside them. */
export function inputsOf(properties: DirectoryInputs): DirectoryInputs {
  return pick({ ...NO_SOURCES, ...properties }, KEYS);
}

/** The mode that a file should have. */
export function modeOf(inputs: DirectoryInputs, path: string): string {
  return inputs.modes.exceptions?.[path] ?? (path in inputs.secrets ? inputs.modes.secrets : inputs.modes.files);
}
