/** The programs of `rehearsal/plugins`, which stand in for those of the vendor where he cannot be reached. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageVersionOf } from "../../operations/packages.ts";
import { run } from "../../operations/shell.ts";
import { cached, inCache } from "../cache.mjs";
import { step } from "../say.mjs";
import { hashOf, hashOfFolder } from "./content.ts";
import { ensureGo } from "./go.ts";
import type { Part } from "./part.ts";
import { repository } from "./paths.ts";

/** What reports say of them. */
export const standInOrigin = "stand-in of this repository";

/** Where their sources are. */
export const standInSources = join(repository, "rehearsal", "plugins");

/** A stand-in says that it has the version of the npm package that asks for it. */
const versions: Readonly<Record<string, string>> = {
  Command: packageVersionOf("@pulumi/command"),
  Docker: packageVersionOf("@pulumi/docker"),
  LanguageHost: packageVersionOf("pulumi"),
  Random: packageVersionOf("@pulumi/random"),
  TLS: packageVersionOf("@pulumi/tls"),
};

/** Builds all stand-ins, once for each state of their sources, and returns the one with the given executable. */
export async function standIn(executable: string): Promise<Part> {
  const flags = [
    "-s",
    "-w",
    ...Object.entries(versions).map(([name, version]) => `-X homelab/plugins/internal/version.${name}=${version}`),
  ];
  const key = `plugins-${hashOf(hashOfFolder(standInSources), ...flags)}-${process.arch}`;
  const env = existsSync(inCache(key)) ? process.env : await ensureGo();
  const folder = await cached(key, (draft) =>
    step("Building the stand-ins for Pulumi's plugins and its language host (once)", 90, () =>
      run("go", ["build", "-ldflags", flags.join(" "), "-o", draft, "./cmd/..."], { cwd: standInSources, env }),
    ),
  );
  const path = join(folder, executable);
  if (!existsSync(path)) throw new Error(`rehearsal/plugins has no stand-in for ${executable}.`);
  return { name: executable, path, origin: standInOrigin };
}
