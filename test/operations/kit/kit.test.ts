import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { armor, Decrypter } from "age-encryption";
import { beforeAll, describe, expect, it } from "vitest";
import { contentProblems, kitFiles, requiredFiles, uncommittedIn } from "../../../operations/kit/contents.ts";
import { open, passphraseOf, seal } from "../../../operations/kit/seal.ts";
import { uncommittedText } from "../../../operations/offline-kit.ts";
import { firstLabFolder } from "../../support/first-lab.ts";

const files = { "README.txt": "How to open it.\n", "deep/in/a/folder.bin": new Uint8Array([0, 255, 10]) };
let sealed = "";
beforeAll(async () => {
  sealed = await seal(files, "correct horse");
});

describe("a sealed text", () => {
  it("is of age's format, and shows nothing of what is in it", () => {
    expect(sealed).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect(Buffer.from(sealed.split("\n").slice(1, -2).join(""), "base64").toString("latin1")).toMatch(
      /^age-encryption\.org\/v1\n-> scrypt /,
    );
    expect(sealed).not.toContain("README");
  });

  it("opens with its passphrase", async () => {
    const found = await open(sealed, "correct horse");
    expect([...found.keys()]).toEqual(Object.keys(files));
    expect(Buffer.from(found.get("deep/in/a/folder.bin") ?? [])).toEqual(Buffer.from([0, 255, 10]));
  });

  it("does not open with another, nor damaged, nor cut off, and says so", async () => {
    await expect(open(sealed, "wrong horse")).rejects.toThrow("It does not open: another passphrase, or the file is damaged");
    const middle = Math.floor(sealed.length * 0.8);
    const other = sealed[middle] === "A" ? "B" : "A";
    const damaged = sealed.slice(0, middle) + other + sealed.slice(middle + 1);
    await expect(open(damaged, "correct horse")).rejects.toThrow("It does not open");
    await expect(open(sealed.slice(0, middle), "correct horse")).rejects.toThrow("It does not open");
    await expect(open("", "correct horse")).rejects.toThrow("It does not open");
  });
});

describe("names of any length", () => {
  const [host, other] = ["h".repeat(32), "s".repeat(100)];
  const names = [
    `backend/.pulumi/history/homelab/${host}/${host}-1234567890123456789.checkpoint.json`,
    // Another project in the same folder of Pulumi: both its names are as long as Pulumi lets them be.
    `backend/.pulumi/history/${"p".repeat(100)}/${other}/${other}-1234567890123456789.checkpoint.json.gz`,
    `project/${"é".repeat(60)}/${"ü".repeat(60)}.json`,
    "README.txt",
  ];
  let archive: Uint8Array;
  let long = "";
  beforeAll(async () => {
    long = await seal(Object.fromEntries(names.map((name) => [name, name])), "correct horse");
    const decrypter = new Decrypter();
    decrypter.addPassphrase("correct horse");
    archive = await decrypter.decrypt(armor.decode(long));
  });

  it("come back whole", async () => {
    const found = [...(await open(long, "correct horse"))].map(([name, data]) => [name, Buffer.from(data).toString()]);
    expect(found).toEqual(names.map((name) => [name, name]));
  });

  /** What a person may have at hand on that day. */
  const programs = [["tar"], ["busybox", "tar"]].map((words) => ({ words, there: isThere(words) }));
  it.each(programs.filter(({ there }) => there))("come out whole of $words xz", ({ words: [program = "", ...words] }) => {
    const folder = mkdtempSync(join(tmpdir(), "homelab-kit-test-"));
    execFileSync(program, [...words, "xz"], { cwd: folder, input: archive });
    for (const name of names) expect(readFileSync(join(folder, name), "utf8")).toBe(name);
    rmSync(folder, { recursive: true });
  });
});

function isThere([program = "", ...words]: readonly string[]): boolean {
  return spawnSync(program, [...words, "--help"]).status === 0;
}

describe("the passphrase", () => {
  it("is Pulumi's: by its value, or in a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "homelab-passphrase-"));
    writeFileSync(join(folder, "passphrase"), "from a file\n");
    expect(passphraseOf({ PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase") })).toBe("from a file");
    expect(passphraseOf({ PULUMI_CONFIG_PASSPHRASE: "itself", PULUMI_CONFIG_PASSPHRASE_FILE: "/nowhere" })).toBe("itself");
    rmSync(folder, { recursive: true });
  });

  it("may not be missing", () => {
    expect(() => passphraseOf({})).toThrow("There is no passphrase to encrypt with");
    expect(() => passphraseOf({ PULUMI_CONFIG_PASSPHRASE: "" })).toThrow("There is no passphrase to encrypt with");
  });
});

describe("the contents of a kit", () => {
  const complete = (): Map<string, Uint8Array> => {
    const contents = new Map(requiredFiles(["adama"]).map((name) => [name, Buffer.from("x") as Uint8Array]));
    return contents.set("stacks/adama/state.json", Buffer.from('{"deployment": {"resources": [{}]}}'));
  };
  const problemsOf = (contents: ReadonlyMap<string, Uint8Array>) => contentProblems(contents, ["adama"]);

  it("lack nothing that is needed: each by its name", () => {
    for (const name of requiredFiles(["adama"]).filter((one) => one !== "stacks/adama/state.json")) {
      const contents = complete();
      contents.set(name, Buffer.from("\n"));
      expect(problemsOf(contents)).toContain(`${name} is missing or empty`);
    }
  });

  it("have every stack of the project, whatever the kit itself has", () => {
    expect(contentProblems(complete(), ["adama", "starbuck"])).toContain("stacks/starbuck/state.json is missing or empty");
    expect(problemsOf(new Map())).toContain("stacks/adama/state.json is missing or empty");
  });

  it("have the checkpoints too, where the backend is a folder, and only there", () => {
    const lacks = expect.stringContaining("backend/ lacks the state of adama");
    const contents = complete().set("backend.txt", Buffer.from("file://~\n"));
    expect(problemsOf(contents)).toContainEqual(lacks);
    contents.set("backend/.pulumi/stacks/homelab/adama.json", Buffer.from("{}"));
    expect(problemsOf(contents)).toContainEqual(lacks);
    contents.set("backend/.pulumi/history/homelab/adama/adama-1.history.json", Buffer.from("{}"));
    expect(problemsOf(contents)).not.toContainEqual(lacks);
    expect(problemsOf(complete().set("backend.txt", Buffer.from("s3://state\n")))).not.toContainEqual(lacks);
  });

  it("have no checkpoint whose name was cut off, which nobody finds again", () => {
    const cut = "backend/.pulumi/history/homelab/adama/adama-1234567890123456789.checkp";
    const contents = complete().set(cut, Buffer.from("{}")).set("backend/.pulumi/meta.yaml", Buffer.from("version: 1"));
    expect(problemsOf(contents).filter((line) => line.startsWith("backend/"))).toEqual([
      `${cut}: its name was cut off, so that Pulumi would not find it. Make a new kit`,
    ]);
  });

  it("have a state of something that was applied, and a key that fits the root certificate", () => {
    const contents = complete().set("stacks/adama/state.json", Buffer.from('{"deployment": {"resources": []}}'));
    const problems = problemsOf(contents);
    expect(problems[0]).toBe("stacks/adama/state.json has no resources: it was never applied");
    expect(problems[1]).toMatch(/^the root certificate or its key cannot be read: /);
  });
});

/** The files of a kit of a project that was never applied, in a folder of the given home. */
function kitOf(home: string, folder: string): ReturnType<typeof kitFiles> {
  const answers = `case "$1" in whoami) echo '{"user": "me", "url": "file://~"}';; *) echo '{"deployment": {"resources": []}}';; esac`;
  writeFileSync(join(home, "pulumi"), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
  return kitFiles({ folder, env: { PATH: `${home}:${process.env.PATH}`, HOME: home } });
}

it("a kit has the checkpoints of the folder that `pulumi login` chose, which no variable tells of", async () => {
  const home = mkdtempSync(join(tmpdir(), "homelab-kit-test-"));
  const folder = join(home, "project");
  cpSync(firstLabFolder, folder, { recursive: true });
  const checkpoints = ["stacks/homelab/adama.json", "history/homelab/adama/adama-1.checkpoint.json.gz", "meta.yaml"];
  for (const name of checkpoints) {
    mkdirSync(dirname(join(home, ".pulumi", name)), { recursive: true });
    writeFileSync(join(home, ".pulumi", name), "x");
  }
  const files = await kitOf(home, folder);
  rmSync(home, { recursive: true });
  expect(files["README.txt"]).toContain("pin their new ssh keys");
  expect(files["backend.txt"]).toBe("file://~\n");
  for (const name of checkpoints) expect(Object.keys(files)).toContain(`backend/.pulumi/${name}`);
});

it("a kit has the program as it is, with what is not committed, and names that", async () => {
  const home = mkdtempSync(join(tmpdir(), "homelab-kit-test-"));
  const folder = join(home, "project");
  const git = (cwd: string, ...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=me", "-c", "user.email=me@localhost", ...args], { cwd, encoding: "utf8" });
  cpSync(firstLabFolder, folder, { recursive: true });
  writeFileSync(join(folder, ".gitignore"), "*.age\n");
  writeFileSync(join(folder, "gone.ts"), "old\n");
  git(folder, "init", "--quiet");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "--message", "My lab");
  expect(Object.keys(await kitOf(home, folder))).not.toContain("uncommitted.patch");

  writeFileSync(join(folder, "welcome.ts"), "new\n");
  writeFileSync(join(folder, "staged.sh"), "staged\n", { mode: 0o755 });
  writeFileSync(join(folder, "last-kit.age"), "ignored\n");
  rmSync(join(folder, "gone.ts"));
  git(folder, "add", "staged.sh");
  const repository = () => [git(folder, "status", "--porcelain"), git(folder, "count-objects")];
  const before = repository();
  const files = await kitOf(home, folder);
  expect(repository()).toEqual(before);
  const contents = new Map(Object.entries(files).map(([name, data]) => [name, Buffer.from(data)]));
  expect(uncommittedIn(contents)).toEqual(["gone.ts", "staged.sh", "welcome.ts"]);
  expect(uncommittedText(contents)).toMatch(/^NOT COMMITTED, .*: gone\.ts, staged\.sh, welcome\.ts$/);

  for (const name of ["repository.bundle", "uncommitted.patch"]) writeFileSync(join(home, name), contents.get(name) ?? "");
  git(home, "clone", "--quiet", "repository.bundle", "homelab");
  const [, words = ""] = /^ *git (-C homelab apply \S+)/m.exec(String(files["README.txt"])) ?? [];
  git(home, ...words.split(" "));
  const there = join(home, "homelab");
  expect(readFileSync(join(there, "welcome.ts"), "utf8")).toBe("new\n");
  expect(statSync(join(there, "staged.sh")).mode & 0o100).toBe(0o100);
  expect(existsSync(join(there, "gone.ts"))).toBe(false);
  rmSync(home, { recursive: true });
});
