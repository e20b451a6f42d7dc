/** The Pulumi engine and the host of its Node programs: the vendor's where they can be had, otherwise built from their Go modules. */
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { cached, cacheRoot } from "../cache.mjs";
import { say, step } from "../say.mjs";
import { run } from "../shell.ts";
import { hashOf, hashOfFolder } from "./content.ts";
import { ensureGo } from "./go.ts";
import type { Part } from "./part.ts";
import { packageFolder, packageVersionOf, repository } from "./paths.ts";
import { vendorAnswers } from "./vendor.ts";

export interface Engine {
  readonly cli: Part;
  readonly languageHost: Part;
  /** The program that starts the process of dynamic providers. */
  readonly dynamicProvider: Part;
}

/** The engine's version is that of the npm package `pulumi`, which the real lab uses. */
export const engineVersion = packageVersionOf("pulumi");
const dynamicProvider = "pulumi-resource-pulumi-nodejs";

/** Finds, downloads or builds the engine. */
export async function ensureEngine(): Promise<Engine> {
  return (await officialEngine()) ?? (await builtEngine());
}

async function officialEngine(): Promise<Engine | undefined> {
  const key = `engine-${engineVersion}-official-${process.arch}`;
  if (!existsSync(join(cacheRoot, key)) && !(await vendorAnswers())) return undefined;
  try {
    const folder = await cached(key, (draft) =>
      step(`Downloading the Pulumi engine ${engineVersion} (npx pulumi)`, 30, () =>
        run(process.execPath, [join(packageFolder("pulumi"), "run.js"), "version"], {
          env: { ...process.env, PULUMI_HOME: draft, PULUMI_SKIP_UPDATE_CHECK: "true" },
          timeoutSeconds: 300,
        }),
      ),
    );
    const bin = join(folder, "versions", engineVersion, "bin");
    const part = (name: string): Part => ({ name, path: join(bin, name), origin: "official" });
    return engineFrom(part);
  } catch (error) {
    say(`The official engine could not be downloaded; building it instead. ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

async function builtEngine(): Promise<Engine> {
  const cli = await built(
    `engine-${engineVersion}-built-${process.arch}`,
    `engine ${engineVersion} from its Go modules`,
    280,
    (draft, env) => {
      const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`;
      return goBuild("cli", ["-ldflags", flags, "-o", join(draft, "pulumi"), "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"], env);
    },
  );
  const languageKey = `language-host-${hashOf(engineVersion, hashOfFolder(moduleFolder("language")))}-${process.arch}`;
  const language = await built(languageKey, "language host for Node programs", 45, async (draft, env) => {
    const flags = `-s -w -X main.version=${engineVersion}`;
    await goBuild("language", ["-ldflags", flags, "-o", join(draft, "pulumi-language-nodejs"), "."], env);
    cpSync(join(moduleFolder("language"), dynamicProvider), join(draft, dynamicProvider));
  });
  return engineFrom((name) =>
    name === "pulumi"
      ? { name, path: join(cli, name), origin: "built from its Go module" }
      : { name, path: join(language, name), origin: "stand-in of this repository" },
  );
}

function engineFrom(part: (name: string) => Part): Engine {
  return {
    cli: part("pulumi"),
    languageHost: part("pulumi-language-nodejs"),
    dynamicProvider: part(dynamicProvider),
  };
}

/** Builds into the cache, once. */
async function built(
  key: string,
  what: string,
  expectedSeconds: number,
  make: (draft: string, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<string> {
  if (existsSync(join(cacheRoot, key))) return join(cacheRoot, key);
  const env = await ensureGo();
  return await cached(key, (draft) => step(`Building the Pulumi ${what} (once)`, expectedSeconds, () => make(draft, env)));
}

async function goBuild(module: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  await run("go", ["build", ...args], { cwd: moduleFolder(module), env });
}

function moduleFolder(name: string): string {
  return join(repository, "rehearsal", "engine", name);
}
