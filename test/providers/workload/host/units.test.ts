import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "../../../../lab/canonical.ts";

const here = (path: string) => new URL(path, import.meta.url).pathname;

test.each(["test_host.py", "test_backup.py", "test_locks.py"])("the host program's own unit tests: %s", (file) => {
  const env = { ...process.env, HOST_PROGRAM: here("../../../../providers/workload/host") };
  try {
    execFileSync("python3", ["-B", here(file)], { env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    expect.fail((error as { stderr: string }).stderr);
  }
});

/** What read.py says of a host below a folder. */
function readingOf(root: string): unknown {
  const env = { ...process.env, HOMELAB_ROOT: root };
  const input = readFileSync(here("../../../../providers/workload/host/read.py"));
  return JSON.parse(execFileSync("python3", ["-I", "-"], { env, input, cwd: "/", encoding: "utf8" }));
}

test("the reader stands alone: it imports nothing of ours, and a host without anything gives empty results", () => {
  expect(readingOf("/nonexistent")).toEqual({ version: 2, workloads: {}, directories: {} });
});

test("the reader gives drop-ins that somebody wrote as hashes: their text may be secret", () => {
  const root = mkdtempSync(join(tmpdir(), "homelab-reader-"));
  const units = join(root, "etc/containers/systemd");
  const text = "[Container]\nEnvironment=TOKEN=hunter2\n";
  mkdirSync(join(units, "app.container.d"), { recursive: true });
  writeFileSync(join(units, "app.container"), "# homelab: app\n[Container]\n");
  writeFileSync(join(units, "app.container.d/token.conf"), text);
  try {
    const reading = readingOf(root);
    expect(reading).toMatchObject({
      workloads: {
        app: {
          units: { "app.container": "# homelab: app\n[Container]\n" },
          undeclared: { "app.container.d/token.conf": sha256(text) },
        },
      },
    });
    expect(JSON.stringify(reading)).not.toContain("hunter2");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
