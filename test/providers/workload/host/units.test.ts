import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "../../../../lab/canonical.ts";
import { parseReading } from "../../../../providers/host-reading.ts";
import type { HostReading } from "../../../../providers/workload/protocol.ts";

const here = (path: string) => new URL(path, import.meta.url).pathname;

/** Found in the folder: a list of names would pass over a file that nobody wrote into it. */
const files = readdirSync(here(".")).filter((name) => /^test_.*\.py$/.test(name));

test("the host program has unit tests of its own", () => {
  expect(files).not.toEqual([]);
});

test.each(files)("the host program's own unit tests: %s", (file) => {
  const env = { ...process.env, HOST_PROGRAM: here("../../../../providers/workload/host") };
  const { status, stderr } = spawnSync("python3", ["-B", here(file)], { env, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  // A file that only defines its tests ends well too.
  expect(stderr).toMatch(/^Ran [1-9]/m);
});

/** What read.py says of a host below a folder. */
function readingOf(root: string): HostReading {
  const env = { ...process.env, HOMELAB_ROOT: root };
  const input = readFileSync(here("../../../../providers/workload/host/read.py"));
  return parseReading(execFileSync("python3", ["-I", "-"], { env, input, cwd: "/", encoding: "utf8" }));
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
