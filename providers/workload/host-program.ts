import { readdirSync, readFileSync } from "node:fs";
import { type Sources, sourcesOf } from "../sources.ts";

/** A folder of the host, and the texts that belong in it. */
export interface ProgramFiles {
  readonly path: string;
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Where the host's program is installed. */
const HOST_PROGRAM_DIRECTORY = "/usr/local/lib/homelab";

/** The command of the host's program. */
export const HOMELAB = `${HOST_PROGRAM_DIRECTORY}/homelab`;

/**
 * The host's part of the workload transaction: all of `host/` but the reader, which is sent along with each reading. By hash, since it
 * is too long to stand in state.
 */
export function hostProgramSources(): { readonly path: string; readonly sources: Sources } {
  const files = Object.fromEntries(
    namesIn("./host/")
      .filter(isProgram)
      .map((name) => [name, `providers/workload/host/${name}`]),
  );
  return { path: HOST_PROGRAM_DIRECTORY, sources: sourcesOf(files) };
}

/** Its systemd units. */
export function hostUnits(): ProgramFiles {
  return { path: "/etc/systemd/system", files: readFolder("./host/units/") };
}

/** What a person on the host types. */
export function hostCommands(): ProgramFiles {
  return { path: "/usr/local/bin", files: readFolder("./host/commands/") };
}

function isProgram(name: string): boolean {
  return name === "homelab" || (name.endsWith(".py") && name !== "read.py");
}

function readFolder(folder: string): Record<string, string> {
  const url = new URL(folder, import.meta.url);
  return Object.fromEntries(namesIn(folder).map((name) => [name, readFileSync(new URL(name, url), "utf8")]));
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(new URL(folder, import.meta.url)).sort();
}
