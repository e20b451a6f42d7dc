/**
 * The environment of programs: which `pulumi` one finds that knows it by its name only, what Pulumi shall not warn of, and in which
 * folder one is started.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { run } from "../../operations/shell.ts";
import { environment } from "../../rehearsal/toolchain/index.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";

const folder = mkdtempSync(join(tmpdir(), "homelab-path-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** What an expression is in a program that `main.mjs` starts. */
function started(expression: string): Promise<string> {
  const program = join(folder, "program.mjs");
  writeFileSync(program, `process.stdout.write(${expression});`);
  return run(process.execPath, [join(repository, "rehearsal", "main.mjs"), "run", program]);
}

it.each([
  ["the project that npm was called in", "examples/one-pi", "examples/one-pi"],
  ["that of the root below which there is none", "docs", ""],
  ["that of the root from elsewhere", "..", ""],
])("in the folder of %s", async (_, called, expected) => {
  vi.stubEnv("INIT_CWD", join(repository, called));
  expect(await started("process.cwd()")).toBe(join(repository, expected).replace(/\/$/, ""));
});

it("without npm that of the project's packages, before one beside Node", async () => {
  const path = await started("process.env.PATH");
  expect(path.split(delimiter).slice(0, 2)).toEqual([join(repository, "node_modules", ".bin"), dirname(process.execPath)]);
});

it("with plugins of the person's own, Pulumi does not warn in each run that one is old", () => {
  vi.stubEnv("HOMELAB_PLUGIN_DIR", "/plugins");
  expect(environment("/home-of-pulumi").PULUMI_DEV).toBe("true");
  vi.stubEnv("HOMELAB_PLUGIN_DIR", "");
  expect(environment("/home-of-pulumi").PULUMI_DEV).toBe(process.env.PULUMI_DEV);
});

it("in the rehearsal its own", () => {
  const path = environment("/home-of-pulumi").PATH ?? "";
  expect(path.split(delimiter)[0]).toMatch(/^\/home-of-pulumi\/versions\/.*\/bin$/);
});
