import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { firstLabFiles } from "../support/first-lab.ts";
import { type Dependency, ensureRenovate, extract, proposals, updated, validate } from "./renovate.ts";

/** Renovate's package, or why it cannot be had here. */
const renovate = await ensureRenovate().catch((error: unknown) => {
  if (process.env.CI === "true") throw error;
  return new Error(`Renovate cannot be installed here: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
});
const because = renovate instanceof Error ? ` (skipped: ${renovate.message})` : "";
const program = renovate instanceof Error ? "" : renovate;

const text = readFileSync("renovate.json5", "utf8");

describe.skipIf(renovate instanceof Error)(`renovate.json5${because}`, () => {
  let found: readonly Dependency[];
  let config: { readonly customManagers: readonly [object & { readonly matchStrings: readonly string[] }] };
  beforeAll(async () => {
    found = await extract(program);
    config = (await import(join(program, "node_modules/json5/lib/index.js"))).default.parse(text);
  });

  it("is what Renovate understands", async () => {
    expect(await validate(program, "renovate.json5")).toMatchObject({ status: 0 });
    const folder = mkdtempSync(join(tmpdir(), "homelab-renovate-"));
    writeFileSync(join(folder, "renovate.json5"), text.replace("minimumReleaseAge:", "minimumReleasedAge:"));
    expect(await validate(program, join(folder, "renovate.json5"))).not.toMatchObject({ status: 0 });
    rmSync(folder, { recursive: true });
  });

  it("finds each version that is pinned in the repository", () => {
    const seen = new Set(
      found.flatMap(({ file, depName, currentValue }) => [`${file}: ${depName} ${currentValue}`, `${file}: ${currentValue}`]),
    );
    const pins = pinned();
    expect(pins.length).toBeGreaterThan(60);
    expect(pins.filter((pin) => !seen.has(pin))).toEqual([]);
  });

  it("proposes an image as one line, on all hosts in one pull request, with its notes, when it is a week old", async () => {
    const propose = await proposals(program, config);
    for (const image of found.filter(({ datasource, file }) => datasource === "docker" && basename(file).startsWith("Pulumi."))) {
      const proposal = await propose({
        ...image,
        packageName: image.depName,
        packageFile: image.file,
        manager: "regex",
        updateType: "minor",
      });
      expect(proposal).toMatchObject({ groupName: "{{depType}}", pinDigests: true, automerge: false, fetchChangeLogs: "pr" });
      expect(proposal.minimumReleaseAge, image.depName).toMatch(/^(7|14) days$/);
      expect(proposal.prBodyNotes).toEqual([expect.stringContaining("arm64")]);
    }
    const path = "Pulumi.starbuck.yaml";
    const before = firstLabFiles()[path] ?? "";
    const digest = `sha256:${"a".repeat(64)}`;
    const update = { depType: "prometheus", newValue: "v9.9.9", newDigest: digest };
    const after = await updated(program, config.customManagers[0], { path, text: before }, update);
    expect(after).toBe(before.replace(/prometheus:v[\d.]+@\S+/, `prometheus:v9.9.9@${digest}`));
  });

  it("proposes stable versions of Nginx alone", async () => {
    const propose = await proposals(program, config);
    const image = { manager: "regex", datasource: "docker", depType: "nginx", packageFile: "Pulumi.starbuck.yaml" };
    const nginx = { ...image, depName: "docker.io/library/nginx", packageName: "docker.io/library/nginx" };
    const { allowedVersions } = await propose({ ...nginx, updateType: "minor" });
    const stable = new RegExp(String(allowedVersions).slice(1, -1));
    const versions = ["1.30", "1.32-alpine", "2.0.1", "1.31", "1.29.4-alpine"];
    expect(versions.filter((version) => stable.test(version))).toEqual(["1.30", "1.32-alpine", "2.0.1"]);
  });

  it("never proposes a new major version of a database by itself", async () => {
    const propose = await proposals(program, config);
    const image = { manager: "regex", datasource: "docker", depType: "postgresql", packageFile: "Pulumi.starbuck.yaml" };
    const database = { ...image, depName: "docker.io/library/postgres", packageName: "docker.io/library/postgres" };
    expect(await propose({ ...database, updateType: "major" })).toMatchObject({
      dependencyDashboardApproval: true,
      automerge: false,
    });
    expect((await propose({ ...database, updateType: "minor" })).dependencyDashboardApproval).toBeUndefined();
  });
});

/** A constant that is a version, or the name of a release. */
const CONSTANT = /^(?:export )?const (\w*(?:version|release|oldest_\w+)) = "(v?\d+\.[\d.]+|[a-z]{4,})";$/gim;

/** Every version that a file of the repository pins, by the words of that kind of file: `file: name version`, or `file: version`. */
function pinned(): readonly string[] {
  const files = execFileSync("git", ["ls-files"], { cwd: repository, encoding: "utf8" }).split("\n");
  return files.flatMap((file) => {
    const name = basename(file);
    const pins = (all: readonly (readonly [string, string])[]) =>
      all.map(([dependency, version]) => `${file}: ${dependency} ${version}`);
    if (name === "package.json") return pins(npmPins(file));
    if (name === "go.mod") return pins(matches(file, /^(?:require |\t)([\w./-]+\.[\w./-]+) (v\S+)/gm));
    if (/^Pulumi\.[\w-]+\.yaml$/.test(name)) return pins(imagePins(file));
    if (file.startsWith(".github/workflows/")) return pins(matches(file, /uses: ([\w/-]+)@[0-9a-f]{40} # (v\S+)/g));
    if (/\.(ts|mjs)$/.test(name)) return matches(file, CONSTANT).map(([, version]) => `${file}: ${version}`);
    return [];
  });
}

function npmPins(file: string): readonly (readonly [string, string])[] {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(file, "utf8"));
  return Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies });
}

function imagePins(file: string): readonly (readonly [string, string])[] {
  const images: Readonly<Record<string, string>> = parse(readFileSync(file, "utf8")).config?.["homelab:images"] ?? {};
  return Object.values(images).map((image): [string, string] => {
    const [, repository = "", tag = ""] = /^(.+):([^:@]+)@/.exec(image) ?? [];
    return [repository, tag];
  });
}

function matches(file: string, pattern: RegExp): readonly (readonly [string, string])[] {
  return [...readFileSync(file, "utf8").matchAll(pattern)].map(([, name = "", version = ""]) => [name, version]);
}
