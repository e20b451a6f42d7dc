/** Runs vitest and counts. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { show } from "../../operations/shell.ts";
import { repository } from "../toolchain/paths.ts";
import { type Counts, none } from "./counts.ts";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Runs vitest with its own output on this terminal.
 *
 * @param args files, or options of vitest
 * @param withLab whether the tests that need a simulated lab can run
 * @param report path for the report that is counted
 */
export async function runVitest(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  withLab: boolean,
  report: string,
): Promise<Counts> {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const device = process.env.HOMELAB_OPENWRT === undefined ? [] : ["--project=device"];
  const projects = withLab ? [] : ["--project=unit", ...device];
  const program = join(repository, "node_modules", "vitest", "vitest.mjs");
  const status = await show(process.execPath, [program, "run", ...reporters, ...projects, ...args], { cwd: repository, env });
  if (!existsSync(report)) return { ...none, failed: 1, failures: [`vitest ended with ${status} and without a report`] };
  return count(JSON.parse(readFileSync(report, "utf8")), status);
}

function count({ testResults }: Report, status: number): Counts {
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ status: test.status, name: `${relative(repository, name)}: ${test.fullName}` })),
  );
  const failures = [
    ...tests.filter((test) => test.status === "failed").map(({ name }) => name),
    // A file that cannot be loaded, or whose set-up fails, fails without any of its tests.
    ...testResults
      .filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"))
      .map(({ name, message }) => `${relative(repository, name)}: ${message?.split("\n")[0] ?? "its set-up"}`),
  ];
  if (status !== 0 && failures.length === 0) failures.push("vitest itself: see above");
  const notRun = tests.filter((test) => test.status !== "passed" && test.status !== "failed").map(({ name }) => name);
  return { passed: tests.filter((test) => test.status === "passed").length, failed: failures.length, failures, notRun };
}
