/** Lint, formatting, types, names in Python, and the tests of the programs written in Go. */

import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { messageOf } from "../../operations/command.ts";
import { attempt, type Result, run } from "../../operations/shell.ts";
import { say, step } from "../say.mjs";
import { ensureGo } from "../toolchain/go.ts";
import { openwrtSources } from "../toolchain/openwrt.ts";
import { installPackages, isExecutable } from "../toolchain/packages.ts";
import { repository } from "../toolchain/paths.ts";
import { standInSources } from "../toolchain/stand-ins.ts";
import { add, type Counts, none } from "./counts.ts";

/** Runs them all, each as one test; Go's own tests are counted by themselves. */
export async function runStaticChecks(env: NodeJS.ProcessEnv): Promise<Counts> {
  const tool = (name: string) => join(repository, "node_modules", ".bin", name);
  const lint = await check("lint and format", 5, () =>
    attempt(tool("biome"), ["check", "--error-on-warnings", "--colors=off", "."], { cwd: repository, env }),
  );
  const types = await check("type check", 15, () => attempt(tool("tsc"), ["--noEmit"], { cwd: repository, env }));
  return [lint, types, await pythonCheck(), await goChecks()].reduce(add, none);
}

/** The host's program finds out that a module was not imported only when it needs it, which may be in the middle of going back. */
async function pythonCheck(): Promise<Counts> {
  try {
    await installPackages(isExecutable("pyflakes3") ? [] : ["pyflakes3"]);
  } catch (error) {
    return { ...none, notRun: [`names in the Python files: ${messageOf(error)}`] };
  }
  return await check("names in the Python files", 2, async () => {
    const files = (await run("git", ["ls-files", "*.py"], { cwd: repository })).trim().split("\n");
    return await attempt("pyflakes3", files, { cwd: repository });
  });
}

async function check(name: string, expectedSeconds: number, body: () => Promise<Result>): Promise<Counts> {
  const { status, stdout, stderr } = await step(`Checking: ${name}`, expectedSeconds, body);
  if (status === 0) return { ...none, passed: 1 };
  say(`${stdout}${stderr}`.trimEnd());
  return { ...none, failed: 1, failures: [name] };
}

async function goChecks(): Promise<Counts> {
  let env: NodeJS.ProcessEnv;
  try {
    env = await ensureGo();
  } catch (error) {
    return {
      ...none,
      notRun: [`Go tests of the stand-ins: ${messageOf(error).split("\n")[0]}`],
    };
  }
  let counts = none;
  for (const [name, cwd] of [
    ["plugins", standInSources],
    ["programs of a router", openwrtSources],
  ] as const) {
    const vet = await check(`go vet of the stand-in ${name}`, 20, () => attempt("go", ["vet", "./..."], { cwd, env }));
    const tests = await step(`Testing the stand-in ${name} (go test)`, 30, () =>
      attempt("go", ["test", "-json", "./..."], { cwd, env }),
    );
    counts = [counts, vet, await countGoTests(tests)].reduce(add);
  }
  return counts;
}

interface GoEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** Counts the tests in the events of `go test -json`, and prints what failing ones said. */
async function countGoTests({ status, stdout, stderr }: Result): Promise<Counts> {
  let passed = 0;
  const failures: string[] = [];
  const output = new Map<string, string>();
  for await (const line of createInterface({ input: Readable.from([stdout]) })) {
    if (!line.startsWith("{")) continue;
    const event: GoEvent = JSON.parse(line);
    const name = `${event.Package} ${event.Test ?? ""}`.trim();
    if (event.Action === "output") output.set(name, `${output.get(name) ?? ""}${event.Output ?? ""}`);
    if (event.Action === "pass" && event.Test !== undefined) passed += 1;
    if (event.Action === "fail" && event.Test !== undefined) failures.push(name);
  }
  // A package that does not compile fails without any test.
  if (status !== 0 && failures.length === 0) failures.push("go test of the stand-ins");
  for (const name of failures) say(output.get(name) ?? stderr);
  return { ...none, passed, failed: failures.length, failures };
}
