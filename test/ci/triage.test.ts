import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unreachableBackend } from "../../ci/backend.ts";
import { changedFiles, needsApproval } from "../../ci/triage.ts";
import { firstLabFiles } from "../support/first-lab.ts";

const { "Pulumi.yaml": project = "", "Pulumi.starbuck.yaml": stack = "" } = firstLabFiles();

const touched = (path: string, before: string | undefined, after: string | undefined) => needsApproval([{ path, before, after }]);

describe("what a person has to look at before the secrets are there", () => {
  it.each([
    "package-lock.json",
    "package.json",
    ".github/workflows/preview.yml",
    "providers/workload/provider.ts",
    "policy/policies.ts",
    "ci/preview.ts",
    "lab/workloads/nginx.ts",
    "index.ts",
    "rehearsal/main.mjs",
    ".npmrc",
  ])("%s", (path) => expect(touched(path, "a", "b")).toEqual([path]));

  it("what Pulumi runs because a file of settings says so", () => {
    const evil = project.replace("--require ./config/runtime.cjs", "--import data:text/javascript,0");
    expect(touched("Pulumi.yaml", project, evil)).toEqual(["Pulumi.yaml"]);
    expect(touched("Pulumi.yaml", project, project.replace("path: ./providers/process", "path: ./docs"))).toEqual([
      "Pulumi.yaml",
    ]);
    expect(touched("Pulumi.starbuck.yaml", stack, `${stack}secretsprovider: awskms://x\n`)).toEqual(["Pulumi.starbuck.yaml"]);
    expect(touched("Pulumi.starbuck.yaml", stack, stack.replace("config:", "config:\n  docker:host: ssh://x"))).toEqual([
      "Pulumi.starbuck.yaml",
    ]);
    expect(touched("Pulumi.other.yaml", undefined, "secretsprovider: x\n")).toEqual(["Pulumi.other.yaml"]);
  });

  it.each([
    ["\\r", "\r"],
    ["U+0085", "\u0085"],
    ["U+2028", "\u2028"],
    ["U+2029", "\u2029"],
  ])("a comment that ends for Pulumi where it does not for us: at %s", (_, end) => {
    const evil = `# a comment${end}secretsprovider: awskms://x\n`;
    expect(touched("Pulumi.starbuck.yaml", stack, evil + stack)).toEqual(["Pulumi.starbuck.yaml"]);
    expect(touched("Pulumi.starbuck.yaml", stack, `${stack}${evil}`)).toEqual(["Pulumi.starbuck.yaml"]);
  });

  it("and what not: the lab's own settings, and what nothing runs", () => {
    expect(touched("Pulumi.starbuck.yaml", stack, stack.replace("v3.16.0", "v3.17.0"))).toEqual([]);
    expect(touched("Pulumi.yaml", project, project.replace("192.168.20.10", "192.168.20.30"))).toEqual([]);
    expect(touched("Pulumi.starbuck.yaml", stack, stack.replaceAll("\n", "\r\n").replace("v3.16.0", "v3.17.0"))).toEqual([]);
    for (const path of ["docs/ci.md", "README.md", "test/ci/x.test.ts", "renovate.json5"]) {
      expect(touched(path, "a", "b"), path).toEqual([]);
    }
  });
});

it("a pull request is what it brings, not what main got meanwhile", () => {
  const folder = mkdtempSync(join(tmpdir(), "homelab-triage-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@localhost", ...args], { cwd: folder, encoding: "utf8" }).trim();
  const commit = (file: string, text: string) => {
    writeFileSync(join(folder, file), text);
    git("add", "--all");
    git("commit", "--quiet", "--message", file);
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=main");
  commit("Pulumi.yaml", "name: a\n");
  git("checkout", "--quiet", "-b", "branch");
  const head = commit("index.ts", "1");
  git("checkout", "--quiet", "main");
  const base = commit("package-lock.json", "{}");
  expect(changedFiles(folder, base, head)).toEqual([{ path: "index.ts", before: undefined, after: "1" }]);
});

it("a hosted runner that does not reach the state says so, one inside the lab goes on", () => {
  for (const backend of ["", "file:///home/me/.pulumi"]) {
    expect(unreachableBackend(backend, "")).toMatch(
      /needs a backend that the runner reaches, such as an object store \(S3-compatible\)/,
    );
    expect(unreachableBackend(backend, "lab")).toBeUndefined();
  }
  expect(unreachableBackend("s3://state?endpoint=s3.example.org", "")).toBeUndefined();
});
