/** The Pulumi engine with the host of its Node programs: the vendor's where they can be had, otherwise built here. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../operations/command.ts";
import { packageFolder, packageVersionOf } from "../../operations/packages.ts";
import { run } from "../../operations/shell.ts";
import { cached, inCache } from "../cache.mjs";
import { say, step } from "../say.mjs";
import { ensureGo } from "./go.ts";
import type { Part } from "./part.ts";
import { repository } from "./paths.ts";
import { standIn, standInOrigin } from "./stand-ins.ts";
import { vendorAnswers } from "./vendor.ts";

/** What `pulumi up` of the lab takes besides plugins. */
export interface Engine {
  readonly cli: Part;
  readonly languageHost: Part;
  /** The program that starts the process of dynamic providers. */
  readonly dynamicProvider: Part;
}

/** The engine's version is that of the npm package `pulumi`, which the real lab uses. */
export const engineVersion = packageVersionOf("pulumi");
const engineFolder = join(repository, "rehearsal", "engine");
const dynamicProvider = "pulumi-resource-pulumi-nodejs";

/** Finds, downloads or builds the engine. */
export async function ensureEngine(): Promise<Engine> {
  return (await officialEngine()) ?? (await builtEngine());
}

async function officialEngine(): Promise<Engine | undefined> {
  const key = `engine-${engineVersion}-official-${process.arch}`;
  if (!existsSync(inCache(key)) && !(await vendorAnswers())) return undefined;
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
    return { cli: part("pulumi"), languageHost: part("pulumi-language-nodejs"), dynamicProvider: part(dynamicProvider) };
  } catch (error) {
    say(`The official engine could not be downloaded; building it instead. ${messageOf(error)}`);
    return undefined;
  }
}

/** The engine, built; its language host is one of the stand-ins. */
async function builtEngine(): Promise<Engine> {
  const key = `engine-${engineVersion}-built-${process.arch}`;
  const env = existsSync(inCache(key)) ? process.env : await ensureGo();
  const folder = await cached(key, (draft) =>
    step(`Building the Pulumi engine ${engineVersion} from its Go modules (once)`, 280, () => {
      const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`;
      const target = ["-o", join(draft, "pulumi"), "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"];
      return run("go", ["build", "-ldflags", flags, ...target], { cwd: engineFolder, env });
    }),
  );
  return {
    cli: { name: "pulumi", path: join(folder, "pulumi"), origin: "built from its Go module" },
    languageHost: await standIn("pulumi-language-nodejs"),
    dynamicProvider: { name: dynamicProvider, path: join(engineFolder, dynamicProvider), origin: standInOrigin },
  };
}
