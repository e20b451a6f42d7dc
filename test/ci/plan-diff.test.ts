import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { attempt } from "../../operations/shell.ts";

let scratch = "";
let folder = "";
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "homelab-plan-diff-"));
  folder = join(scratch, "checkout");
  mkdirSync(join(scratch, "tmp"));
  mkdirSync(join(folder, "operations"), { recursive: true });
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** A program whose plan is one line. */
const plans = (line: string) => writeFileSync(join(folder, "operations/plan.ts"), `console.log("the lab\\n${line}");`);
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@localhost", ...args], { cwd: folder, stdio: "pipe" });

/** The job of a fork, in that folder; what it left behind besides. */
async function compared(commit: string) {
  const env = { ...process.env, TMPDIR: join(scratch, "tmp"), GIT_CEILING_DIRECTORIES: scratch };
  const result = await attempt(process.execPath, [resolve("ci/plan-diff.ts"), commit], { cwd: folder, env });
  return { ...result, left: readdirSync(join(scratch, "tmp")) };
}

it("shows what a fork makes of the plan, by the program of each commit, and leaves nothing behind", async () => {
  git("init", "--quiet");
  plans("adama: nginx");
  git("add", "--all");
  git("commit", "--quiet", "--message=first");
  expect(await compared("HEAD")).toMatchObject({ status: 0, stdout: "### The plan\n\nIt stays as it is.\n", left: [] });
  plans("adama: nginx, mosquitto");
  const { stdout, left } = await compared("HEAD");
  expect(stdout).toContain("````diff\n the lab\n-adama: nginx\n+adama: nginx, mosquitto\n````");
  expect(left).toEqual([]);
  expect(String(git("worktree", "list")).trim().split("\n")).toHaveLength(1);
});

it("says what is wrong with a commit that is not there, and where there is no git at all", async () => {
  expect(await compared("main")).toMatchObject({ status: 1, stderr: expect.stringContaining("not a git repository"), left: [] });
  git("init", "--quiet");
  expect(await compared("nonsense")).toMatchObject({ status: 1, stderr: expect.stringContaining("nonsense"), left: [] });
  expect((await compared("nonsense")).stderr).toContain("invalid reference");
});
