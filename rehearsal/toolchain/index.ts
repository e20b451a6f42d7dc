/** Everything that has to be on the machine before the lab can be simulated on it. */
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { packageVersionOf } from "../../operations/packages.ts";
import { cached, inCache } from "../cache.mjs";
import { say } from "../say.mjs";
import { hashOf, hashOfFile } from "./content.ts";
import { engineVersion, ensureEngine } from "./engine.ts";
import { ensurePackages } from "./packages.ts";
import { type Part, versionOf } from "./part.ts";
import { ensurePlugins, givenPart } from "./plugins.ts";

/** An engine with its plugins, ready to run. */
export interface Toolchain {
  /** The engine's executable. */
  readonly pulumi: string;
  /** Its `PULUMI_HOME`: engine, language host and plugins where the engine looks for them. */
  readonly home: string;
  /** What it consists of, for people: one line each. */
  readonly description: readonly string[];
  /** Environment for all that uses it: the engine first on PATH, nothing fetched, nobody asked. */
  readonly env: NodeJS.ProcessEnv;
}

let prepared: Promise<Toolchain> | undefined;

/** Installs, downloads or builds what is missing; a second call, or a second run, finds everything there. */
export function ensureToolchain(): Promise<Toolchain> {
  prepared ??= prepare();
  return prepared;
}

async function prepare(): Promise<Toolchain> {
  await ensurePackages();
  const engine = await ensureEngine();
  const languageHost = (await givenPart("pulumi-language-nodejs")) ?? engine.languageHost;
  const dynamicProvider = (await givenPart(engine.dynamicProvider.name)) ?? engine.dynamicProvider;
  const plugins = await ensurePlugins(engine.cli.path);
  const parts = [engine.cli, languageHost, dynamicProvider, ...plugins];
  const home = await cached(`pulumi-home/${hashOf(...parts.flatMap((part) => [part.name, hashOfFile(part.path)]))}`, (draft) =>
    assemble(draft, parts),
  );
  const pulumi = join(home, binFolder, "pulumi");
  const description = parts.filter((part) => part !== dynamicProvider).map((part) => describe(home, part));
  return { pulumi, home, description, env: environment(home) };
}

const binFolder = join("versions", engineVersion, "bin");

/** Puts the programs where the engine looks for them: the same folders that the official installer and `npx pulumi` use. */
async function assemble(home: string, parts: readonly Part[]): Promise<void> {
  const versions: Record<string, string> = {};
  for (const part of parts) {
    place(part, join(home, folderOf(part)));
    if (part.name !== "pulumi-resource-pulumi-nodejs") versions[part.name] = await versionOf(part, home);
  }
  writeFileSync(join(home, "parts.json"), JSON.stringify(versions));
}

function folderOf({ name }: Part): string {
  const plugin = /^pulumi-resource-(?!pulumi-)(.+)$/.exec(name)?.[1];
  return plugin === undefined ? binFolder : join("plugins", `resource-${plugin}-v${packageVersionOf(`@pulumi/${plugin}`)}`);
}

function place({ name, path }: Part, folder: string): void {
  mkdirSync(folder, { recursive: true });
  // A link within the cache costs nothing. It must not be a symbolic one: the engine looks for its language host at its target.
  if (path.startsWith(inCache())) linkSync(path, join(folder, name));
  else copyFileSync(path, join(folder, name));
  chmodSync(join(folder, name), 0o755);
}

function describe(home: string, part: Part): string {
  const versions: Record<string, string> = JSON.parse(readFileSync(join(home, "parts.json"), "utf8"));
  return `${part.name.padEnd(24)} ${(versions[part.name] ?? "unknown").padEnd(10)} ${part.origin}`;
}

/** Of the engine whose `PULUMI_HOME` this is. Another `pulumi` may lie beside Node. */
export function environment(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [join(home, binFolder), dirname(process.execPath), process.env.PATH].join(delimiter),
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Another Pulumi on PATH must not lend its language host or plugins to this one.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    // A plugin that the person gives may be older than its package asks for. The run says at its start which it is; but for its
    // development mode, Pulumi would warn of it in each preview.
    ...(process.env.HOMELAB_PLUGIN_DIR ? { PULUMI_DEV: "true" } : {}),
  };
}

/** Prints which engine, language host and plugins are used. */
export function introduce(toolchain: Toolchain): void {
  say(["Pulumi here is made of:", ...toolchain.description.map((line) => `  ${line}`)].join("\n"));
}
