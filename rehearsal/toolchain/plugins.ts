/**
 * The plugins of the four Pulumi packages that the lab uses: those of `HOMELAB_PLUGIN_DIR`, otherwise the official ones, and
 * where the vendor cannot be reached the stand-ins of `rehearsal/plugins`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../operations/command.ts";
import { packageVersionOf } from "../../operations/packages.ts";
import { run } from "../../operations/shell.ts";
import { cached, inCache } from "../cache.mjs";
import { say, step } from "../say.mjs";
import type { Part } from "./part.ts";
import { standIn } from "./stand-ins.ts";
import { vendorAnswers } from "./vendor.ts";

/** Pulumi packages whose plugin is needed; `@pulumi/<name>` in package.json has the version. */
const pluginNames = ["command", "docker", "random", "tls"] as const;

/** Finds, downloads or builds all plugins. `cli` is the engine that downloads. */
export async function ensurePlugins(cli: string): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const name of pluginNames) {
    parts.push(
      (await givenPart(`pulumi-resource-${name}`)) ??
        (await officialPlugin(cli, name)) ??
        (await standIn(`pulumi-resource-${name}`)),
    );
  }
  return parts;
}

/** An executable of `HOMELAB_PLUGIN_DIR`, which goes before anything else. */
export async function givenPart(executable: string): Promise<Part | undefined> {
  const folder = process.env.HOMELAB_PLUGIN_DIR;
  if (folder === undefined || folder === "") return undefined;
  if (!existsSync(folder)) throw new Error(`HOMELAB_PLUGIN_DIR names a folder that does not exist: ${folder}`);
  const path = join(folder, executable);
  return existsSync(path) ? { name: executable, path, origin: `from ${folder}` } : undefined;
}

async function officialPlugin(cli: string, name: string): Promise<Part | undefined> {
  const version = packageVersionOf(`@pulumi/${name}`);
  const key = `plugin-${name}-${version}-official-${process.arch}`;
  if (!existsSync(inCache(key)) && !(await vendorAnswers())) return undefined;
  try {
    const folder = await cached(key, (draft) =>
      step(`Downloading the plugin ${name} ${version}`, 15, () =>
        run(cli, ["plugin", "install", "resource", name, version], {
          env: { ...process.env, PULUMI_HOME: draft, PULUMI_SKIP_UPDATE_CHECK: "true" },
          timeoutSeconds: 180,
        }),
      ),
    );
    const executable = `pulumi-resource-${name}`;
    return { name: executable, path: join(folder, "plugins", `resource-${name}-v${version}`, executable), origin: "official" };
  } catch (error) {
    say(`The official plugin ${name} could not be downloaded. ${messageOf(error)}`);
    return undefined;
  }
}
