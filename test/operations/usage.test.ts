import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** What a command says to a word, and ends with. */
function said(operation: string, word: string): readonly [status: number | null, stdout: string, stderr: string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`operations/${operation}.ts`, word], { encoding: "utf8" });
  return [status, stdout, stderr];
}

it.each(["plan", "pin"])("npm run %s says how it is used, and of what is no option of it that it is none", (operation) => {
  expect(said(operation, "--help")).toEqual([0, expect.stringMatching(new RegExp(`^npm run ${operation} `)), ""]);
  expect(said(operation, "--acces")).toEqual([1, "", expect.stringMatching(/^Unknown option '--acces'.*\n$/)]);
});
