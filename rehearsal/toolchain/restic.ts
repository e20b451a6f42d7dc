/** restic and rest-server, built from their Go modules: what the stand-ins for their images have in them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../operations/shell.ts";
import { cached, inCache } from "../cache.mjs";
import { step } from "../say.mjs";
import { hashOfFolder } from "./content.ts";
import { ensureGo } from "./go.ts";
import { repository } from "./paths.ts";

/** Where it stands which versions. */
const modules = join(repository, "rehearsal", "restic");

/** Builds both, once for each pair of versions, and returns the folder that they are in: executables that need no library. */
export async function ensureResticPrograms(): Promise<string> {
  const key = `restic-${hashOfFolder(modules)}-${process.arch}`;
  const env = existsSync(inCache(key)) ? process.env : await ensureGo();
  return await cached(key, (draft) =>
    step("Building restic and its rest-server from their Go modules (once)", 120, () =>
      run("go", ["build", "-ldflags", "-s -w", "-o", draft, "tool"], { cwd: modules, env }),
    ),
  );
}

/** The version that is built of a Go module, e.g. `0.19.1`. */
export function goModuleVersion(module: string): string {
  const line = readFileSync(join(modules, "go.mod"), "utf8")
    .split("\n")
    .map((text) => text.trim().split(" "))
    .find(([name, version]) => name === module && version !== undefined);
  if (!line?.[1]) throw new Error(`rehearsal/restic/go.mod does not require ${module}.`);
  return line[1].replace(/^v/, "");
}
