/** Renovate itself, of a pinned version, run on what lies in this repository. It looks nothing up and changes nothing. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, type Result, run } from "../../operations/shell.ts";
import { cached } from "../../rehearsal/cache.mjs";
import { copyProgram } from "../../rehearsal/simulation/copy.ts";

// renovate: datasource=npm depName=renovate
const version = "44.121.2";

/** Something with a version, as Renovate found it. */
export interface Dependency {
  readonly manager: string;
  readonly file: string;
  readonly depName?: string;
  readonly currentValue?: string;
  readonly currentDigest?: string;
  readonly depType?: string;
  readonly datasource?: string;
}

/** Renovate's package in the cache. Installed without its optional parts, which are built: 60 seconds, 320 MB, once. */
export function ensureRenovate(): Promise<string> {
  return cached(`renovate-${version}`, async (draft: string) => {
    writeFileSync(join(draft, "package.json"), '{ "private": true }');
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional", "--loglevel=error"];
    await run("npm", ["install", ...options, `renovate@${version}`], { cwd: draft });
  });
}

/** What its validator says of a configuration. */
export function validate(renovate: string, file: string): Promise<Result> {
  return attempt(process.execPath, [program(renovate, "renovate-config-validator"), "--strict", "--no-global", file]);
}

/** All that it finds in the repository as it lies here, with the repository's own configuration. */
export async function extract(renovate: string): Promise<readonly Dependency[]> {
  const parent = mkdtempSync(join(tmpdir(), "homelab-renovate-"));
  try {
    const { folder } = copyProgram(join(parent, "checkout"));
    rmSync(join(folder, "node_modules"));
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...args], { cwd: folder });
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message=as it is here");
    const env = { ...process.env, LOG_LEVEL: "debug", LOG_FORMAT: "json", RENOVATE_BASE_DIR: join(parent, "base") };
    const log = await run(process.execPath, [program(renovate, "renovate"), "--platform=local", "--dry-run=extract"], {
      cwd: folder,
      env,
    });
    return dependenciesIn(log);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

interface Extracted {
  readonly packageFiles?: Readonly<
    Record<string, readonly { readonly packageFile: string; readonly deps: readonly Omit<Dependency, "manager" | "file">[] }[]>
  >;
}

function dependenciesIn(log: string): readonly Dependency[] {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  const { packageFiles } = lines.map((line): Extracted => JSON.parse(line)).find((line) => line.packageFiles !== undefined) ?? {};
  if (packageFiles === undefined) throw new Error(`Renovate extracted nothing:\n${log.slice(-2000)}`);
  return Object.entries(packageFiles).flatMap(([manager, files]) =>
    files.flatMap(({ packageFile, deps }) => deps.map((dependency) => ({ ...dependency, manager, file: packageFile }))),
  );
}

function program(renovate: string, name: string): string {
  return join(renovate, "node_modules", "renovate", "dist", name === "renovate" ? "renovate.js" : "config-validator.js");
}

/** What its rules make of an update: options by name. */
export type Proposal = Readonly<Record<string, unknown>>;

/** Its own evaluation of a configuration's rules, for updates that no registry has to offer. */
export async function proposals(renovate: string, config: object): Promise<(update: object) => Promise<Proposal>> {
  const inside = join(renovate, "node_modules", "renovate", "dist");
  const rules: { applyPackageRules: (config: object) => Promise<Proposal> } = await import(
    join(inside, "util/package-rules/index.js")
  );
  return (update) => rules.applyPackageRules({ ...config, ...update });
}

/** A file's text with one dependency of it updated, as its branch would have it. */
export async function updated(
  renovate: string,
  manager: object & { readonly matchStrings: readonly string[] },
  file: { readonly path: string; readonly text: string },
  update: { readonly depType: string; readonly newValue: string; readonly newDigest: string },
): Promise<string | null> {
  const inside = join(renovate, "node_modules", "renovate", "dist");
  const regex: {
    extractPackageFile: (text: string, path: string, config: object) => Promise<{ deps: Omit<Dependency, "file" | "manager">[] }>;
  } = await import(join(inside, "modules/manager/custom/regex/index.js"));
  const branch: { doAutoReplace: (upgrade: object, text: string, reuse: boolean, first: boolean) => Promise<string | null> } =
    await import(join(inside, "workers/repository/update/branch/auto-replace.js"));
  const { GlobalConfig }: { GlobalConfig: { set: (config: object) => void } } = await import(join(inside, "config/global.js"));
  // It writes what it makes into this folder.
  const folder = mkdtempSync(join(tmpdir(), "homelab-renovate-"));
  GlobalConfig.set({ localDir: folder });
  const { deps } = await regex.extractPackageFile(file.text, file.path, manager);
  const index = deps.findIndex(({ depType }) => depType === update.depType);
  const upgrade = {
    ...manager,
    ...deps[index],
    ...update,
    manager: "regex",
    packageFile: file.path,
    depIndex: index,
    updateType: "minor",
  };
  writeFileSync(join(folder, file.path), file.text);
  return branch.doAutoReplace(upgrade, file.text, false, true).finally(() => rmSync(folder, { recursive: true }));
}
