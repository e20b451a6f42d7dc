import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { attempt, run } from "../../operations/shell.ts";
import { cached } from "../../rehearsal/cache.mjs";
import { hashOf } from "../../rehearsal/toolchain/content.ts";
import { ensureGo } from "../../rehearsal/toolchain/go.ts";

/** The program, built from its Go module; or why that cannot be done here. */
const actionlint = await build().catch((error: unknown) => {
  if (process.env.CI === "true") throw error;
  return new Error(`actionlint cannot be built here: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
});
const because = actionlint instanceof Error ? ` (skipped: ${actionlint.message})` : "";

async function build(): Promise<string> {
  const source = join(import.meta.dirname, "actionlint");
  const env = await ensureGo();
  const key = `actionlint-${hashOf(readFileSync(join(source, "go.mod"), "utf8"))}-${process.arch}`;
  const folder = await cached(key, async (draft: string) => {
    await run("go", ["build", "-o", join(draft, "actionlint"), "github.com/rhysd/actionlint/cmd/actionlint"], {
      cwd: source,
      env,
    });
  });
  return join(folder, "actionlint");
}

describe.skipIf(actionlint instanceof Error)(`actionlint${because}`, () => {
  const lint = (...files: string[]) => attempt(String(actionlint), ["-no-color", ...files]);
  const folder = ".github/workflows";

  it("has nothing to say of the workflows", async () => {
    const files = readdirSync(folder).map((file) => join(folder, file));
    expect(await lint(...files)).toMatchObject({ status: 0, stdout: "" });
  });

  it("would say it", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "homelab-actionlint-"));
    const broken = readFileSync(join(folder, "deploy.yml"), "utf8").replace("steps.engine.outputs", "steps.engines.outputs");
    writeFileSync(join(scratch, "deploy.yml"), broken);
    const { status, stdout } = await lint(join(scratch, "deploy.yml"));
    rmSync(scratch, { recursive: true });
    expect(status).not.toBe(0);
    expect(stdout).toContain('property "engines" is not defined');
  });
});
