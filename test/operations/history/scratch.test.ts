import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inScratchProject, withCodeOf } from "../../../operations/history/scratch.ts";
import type { Version } from "../../../operations/history/versions.ts";
import type { Project } from "../../../operations/pulumi.ts";

const folder = mkdtempSync(join(tmpdir(), "homelab-scratch-"));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Laura", "-c", "user.email=laura@example.org", ...args], {
    cwd: folder,
    encoding: "utf8",
  }).trim();
const version = (commit: string): Version => ({
  ...{
    number: 7,
    kind: "update",
    result: "succeeded",
    time: new Date(0),
    who: "",
    message: "",
    dirty: false,
    settings: {},
    secrets: [],
  },
  commit,
});
let commit = "";

/** A project whose Pulumi says where it is logged in. */
function loggedIn(url: string): Project {
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\necho '{"url": "${url}"}'\n`, { mode: 0o755 });
  return { folder, env: { PATH: `${folder}:${process.env.PATH}` } };
}

beforeAll(() => {
  git("init", "--quiet");
  writeFileSync(join(folder, "index.ts"), "// old\n");
  writeFileSync(join(folder, "package-lock.json"), "{}\n");
  writeFileSync(join(folder, "Pulumi.yaml"), "name: homelab\nmain: index.ts\n");
  writeFileSync(join(folder, "Pulumi.adama.yaml"), "config: {}\n");
  git("add", "index.ts", "package-lock.json");
  git("commit", "--quiet", "-m", "old");
  commit = git("rev-parse", "HEAD");
  writeFileSync(join(folder, "index.ts"), "// new\n");
  mkdirSync(join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the code of a version", () => {
  it("is that of its commit, with the packages that are here, and gone afterwards", async () => {
    const seen = await withCodeOf(folder, version(commit), async (code) => {
      expect(existsSync(join(code, "node_modules"))).toBe(true);
      return readFileSync(join(code, "index.ts"), "utf8");
    });
    expect(seen).toBe("// old\n");
    expect(readFileSync(join(folder, "index.ts"), "utf8")).toBe("// new\n");
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    expect(existsSync(join(folder, "node_modules"))).toBe(true);
  });

  it("is gone as well when something went wrong", async () => {
    await expect(withCodeOf(folder, version(commit), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(readdirSync(folder).filter((name) => name.startsWith(".rollback"))).toEqual([]);
  });

  it("is run as the project's file of its commit says, which may not know today's plugins", async () => {
    const text = await withCodeOf(folder, version(commit), async (code) => {
      writeFileSync(join(code, "Pulumi.yaml"), "name: homelab\nruntime: nodejs\nmain: main.ts\n");
      const files = { project: "name: homelab\nruntime: other\nplugins:\n  providers: []\nconfig: {}\n", stack: "config: {}\n" };
      const at = code.split("/").at(-1);
      const project = loggedIn("https://api.pulumi.com");
      return await inScratchProject(project, "adama", files, code, async (scratch) =>
        readFileSync(join(scratch.folder, "Pulumi.yaml"), "utf8").replace(at ?? "", "CODE"),
      );
    });
    expect(text).toBe("name: homelab\nruntime: nodejs\nconfig: {}\nmain: ../CODE/main.ts\n");
  });

  it("cannot be had of a commit that is missing, or that nobody noted", async () => {
    const gone = withCodeOf(folder, version("0123456789abcdef0123456789abcdef01234567"), async () => {});
    await expect(gone).rejects.toThrow(/^The git commit of version 7, 0123456789ab, is not in this repository/);
    await expect(withCodeOf(folder, version(""), async () => {})).rejects.toThrow(
      "Nobody noted the git commit of version 7. Without --with-code, its configuration is used with the code of today.",
    );
  });
});

describe("a scratch project", () => {
  it("has other files, the same program, the same backend, and nothing of it stays", async () => {
    const project = loggedIn("file://./state");
    const plugins = "plugins:\n  providers:\n    - name: own\n      path: ";
    const files = { project: `name: homelab\nmain: index.ts\n${plugins}./providers/own\n`, stack: "config: { a: 1 }\n" };
    await inScratchProject(project, "adama", files, undefined, async (scratch) => {
      expect(readFileSync(join(scratch.folder, "Pulumi.yaml"), "utf8")).toBe(
        `name: homelab\nmain: ../index.ts\n${plugins}../providers/own\n`,
      );
      expect(readFileSync(join(scratch.folder, "Pulumi.adama.yaml"), "utf8")).toBe(files.stack);
      expect(scratch.env.PULUMI_BACKEND_URL).toBe(`file://${folder}/state`);
    });
    expect(readdirSync(folder).filter((name) => name.startsWith(".rollback"))).toEqual([]);
    expect(readFileSync(join(folder, "Pulumi.adama.yaml"), "utf8")).toBe("config: {}\n");
  });
});
