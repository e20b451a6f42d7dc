import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const here = (path: string) => new URL(path, import.meta.url).pathname;

test.each(["test_host.py", "test_backup.py"])("the host program's own unit tests: %s", (file) => {
  const env = { ...process.env, HOST_PROGRAM: here("../../../../providers/workload/host") };
  try {
    execFileSync("python3", ["-B", here(file)], { env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    expect.fail((error as { stderr: string }).stderr);
  }
});

test("the reader stands alone: it imports nothing of ours, and a host without anything gives empty results", () => {
  const env = { ...process.env, HOMELAB_ROOT: "/nonexistent" };
  const program = execFileSync("cat", [here("../../../../providers/workload/host/read.py")]);
  const printed = execFileSync("python3", ["-I", "-"], { env, input: program, cwd: "/", encoding: "utf8" });
  expect(JSON.parse(printed)).toEqual({ version: 2, workloads: {}, directories: {} });
});
