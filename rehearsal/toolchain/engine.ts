/** The Pulumi engine and the host of its Node programs: the vendor's where they can be had, otherwise built from their Go modules. */
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { cached, cacheRoot } from "../cache.mjs";
import { say, step } from "../say.mjs";
import { run } from "../shell.ts";
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
/** The last release whose language host is part of the Go module. */
const languageHostVersion = "3.68.0";

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
  const cli = await built("cli", engineVersion, 280, (draft, env) =>
    goBuild("cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", join(draft, "pulumi"), engineVersion, env),
  );
  const language = await built("language", languageHostVersion, 60, async (draft, env) => {
    const name = "pulumi-language-nodejs";
    await goBuild("language", `github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/${name}`, join(draft, name), languageHostVersion, env);
    const list = ["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"];
    const module = await run("go", list, { cwd: moduleFolder("language"), env });
    cpSync(join(module, "nodejs", "dist", "pulumi-resource-pulumi-nodejs"), join(draft, "pulumi-resource-pulumi-nodejs"));
  });
  return engineFrom((name) => {
    return { name, path: join(name === "pulumi" ? cli : language, name), origin: "built from its Go module" };
  });
}

function engineFrom(part: (name: string) => Part): Engine {
  return {
    cli: part("pulumi"),
    languageHost: part("pulumi-language-nodejs"),
    dynamicProvider: part("pulumi-resource-pulumi-nodejs"),
  };
}

/** Builds one of the modules in `rehearsal/engine` into the cache, known by its version. */
async function built(
  name: "cli" | "language",
  version: string,
  expectedSeconds: number,
  make: (draft: string, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<string> {
  const key = `engine-${name}-${version}-built-${process.arch}`;
  if (existsSync(join(cacheRoot, key))) return join(cacheRoot, key);
  const env = await ensureGo();
  const what = name === "cli" ? "engine" : "language host";
  return await cached(key, (draft) =>
    step(`Building the Pulumi ${what} ${version} from its Go modules (once)`, expectedSeconds, () => make(draft, env)),
  );
}

async function goBuild(module: string, target: string, output: string, version: string, env: NodeJS.ProcessEnv): Promise<void> {
  const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  await run("go", ["build", "-o", output, "-ldflags", flags, target], { cwd: moduleFolder(module), env });
}

function moduleFolder(name: string): string {
  return join(repository, "rehearsal", "engine", name);
}
