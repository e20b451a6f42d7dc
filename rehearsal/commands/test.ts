/** `npm test`: everything that this machine can run, and the names of what it could not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../operations/command.ts";
import { inCache } from "../cache.mjs";
import { say } from "../say.mjs";
import { ensureToolchain, introduce, type Toolchain } from "../toolchain/index.ts";
import { add, type Counts, none, summary } from "./counts.ts";
import { labEnvironment } from "./environment.ts";
import { runStaticChecks } from "./static-checks.ts";
import { runVitest } from "./vitest.ts";

/**
 * Node keeps what it compiles: hundreds of runs of the engine load the SDK, which is a third of what a small one costs. Not for
 * benchmarks, whose empty program is that of a person.
 */
const COMPILED = { NODE_COMPILE_CACHE: inCache("compiled") };

/**
 * Runs all checks and tests; with arguments only vitest with those, e.g. `test/lab`.
 *
 * @returns 0 only if nothing failed; with `CI=true`, only if everything could be run, too
 */
export async function test(args: readonly string[]): Promise<number> {
  const toolchain = await toolchainOrReason();
  const env = typeof toolchain === "string" ? process.env : { ...labEnvironment(toolchain), ...COMPILED };
  const reports = mkdtempSync(join(tmpdir(), "homelab-tests-"));
  let counts: Counts = none;
  try {
    if (args.length === 0) counts = add(counts, await runStaticChecks(env));
    counts = add(counts, await runVitest(args, env, typeof toolchain !== "string", join(reports, "vitest.json")));
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  if (typeof toolchain === "string") counts = add(counts, { ...none, notRun: [`all that needs a simulated lab: ${toolchain}`] });
  const strict = process.env.CI === "true";
  process.stdout.write(summary(counts, strict));
  return counts.failed > 0 || (strict && counts.notRun.length > 0) ? 1 : 0;
}

/** The toolchain, or why there is none: the tests that do without it still run. */
async function toolchainOrReason(): Promise<Toolchain | string> {
  if (process.getuid?.() !== 0) return "simulated Pis need root";
  try {
    const toolchain = await ensureToolchain();
    introduce(toolchain);
    return toolchain;
  } catch (error) {
    const reason = messageOf(error);
    say(`The engine and its plugins cannot be set up here; the tests that need them are left out.\n${reason}`);
    return reason.split("\n")[0] ?? reason;
  }
}
