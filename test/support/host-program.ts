import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hostProgramSources, type ProgramFiles } from "../../providers/workload/host-program.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";

/** The host's program with its texts, for tests that install it without the provider. */
export function hostProgram(): ProgramFiles {
  const { path, sources } = hostProgramSources();
  const files = Object.entries(sources).map(([name, { file }]) => [name, readFileSync(join(repository, file), "utf8")]);
  return { path, files: Object.fromEntries(files) };
}
