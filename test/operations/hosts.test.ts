import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { workloadName } from "../../operations/hosts.ts";
import { firstLabFolder } from "../support/first-lab.ts";

it("a name of a workload is what can be one, and nothing that becomes another path on the host", () => {
  expect(workloadName("home-assistant")).toBe("home-assistant");
  for (const word of ["", ".", "..", "../backup", "a/b", "*", "--all", "App"]) {
    expect(() => workloadName(word)).toThrow(`"${word}" is no name of a workload.`);
  }
});

it.each([
  ["purge", ["starbuck", "", "--yes"]],
  ["release", ["starbuck", ""]],
  ["restore", ["", "--yes"]],
  ["rollback", ["starbuck", "--to", "1", "--only", "", "--yes"]],
])("%s of a shell variable that was never set ends before anything is asked of a host", (operation, words) => {
  const program = resolve(`operations/${operation}.ts`);
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { cwd: firstLabFolder, encoding: "utf8" });
  expect([status, stderr]).toEqual([1, '"" is no name of a workload.\n']);
});
