import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { packagesPresent } from "../../rehearsal/packages.mjs";
import { repository } from "../../rehearsal/toolchain/paths.ts";

let folder: string | undefined;
afterEach(() => {
  if (folder) rmSync(folder, { recursive: true });
  folder = undefined;
});

it("are there after `npm ci`: the next command installs nothing", () => {
  expect(packagesPresent(repository)).toBe(true);
});

it.each(["is missing", "is of another version"])("are not all there where one %s", (what) => {
  const root = mkdtempSync(join(tmpdir(), "packages-"));
  folder = root;
  cpSync(join(repository, "package.json"), join(root, "package.json"));
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const install = (name: string, version: string) => {
    mkdirSync(join(root, "node_modules", name), { recursive: true });
    writeFileSync(join(root, "node_modules", name, "package.json"), JSON.stringify({ version }));
  };
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) install(name, String(version));
  expect(packagesPresent(root)).toBe(true);
  if (what === "is missing") rmSync(join(root, "node_modules/zod"), { recursive: true });
  else install("zod", "0.0.1");
  expect(packagesPresent(root)).toBe(false);
});
