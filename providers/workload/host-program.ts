import { readdirSync, readFileSync } from "node:fs";
import { sha256 } from "../../lab/canonical.ts";

/** A folder of the host, and the texts that belong in it. */
export interface ProgramFiles {
  readonly path: string;
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Where the host's program is installed. */
export const HOST_PROGRAM_DIRECTORY = "/usr/local/lib/homelab";

/** The command of the host's program. */
export const HOMELAB = `${HOST_PROGRAM_DIRECTORY}/homelab`;

/** The host's part of the workload transaction: all of `host/` but the reader, which is sent along with each reading. */
export function hostProgram(): ProgramFiles {
  return {
    path: HOST_PROGRAM_DIRECTORY,
    files: readFolder("./host/", (name) => name === "homelab" || (name.endsWith(".py") && name !== "read.py")),
  };
}

/** The same by hash, as a `HostDirectory` takes it: it is too long to stand in state. */
export function hostProgramSources(): { path: string; folder: string; sources: Record<string, string> } {
  const { path, files } = hostProgram();
  const sources = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, sha256(text)]));
  return { path, folder: "providers/workload/host", sources };
}

/** Its systemd units. */
export function hostUnits(): ProgramFiles {
  return { path: "/etc/systemd/system", files: readFolder("./host/units/", () => true) };
}

/** What a person on the host types. */
export function hostCommands(): ProgramFiles {
  return { path: "/usr/local/bin", files: readFolder("./host/commands/", () => true) };
}

function readFolder(folder: string, belongs: (name: string) => boolean): Record<string, string> {
  const url = new URL(folder, import.meta.url);
  const names = readdirSync(url).filter(belongs).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, url), "utf8")]));
}
