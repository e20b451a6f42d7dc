import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { contentProblems, requiredFiles } from "../../../operations/kit/contents.ts";
import { open, passphraseOf, seal } from "../../../operations/kit/seal.ts";

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

  it("lack nothing that is needed: each by its name", () => {
    for (const name of requiredFiles(["adama"]).filter((one) => one !== "stacks/adama/state.json")) {
      const contents = complete();
      contents.set(name, Buffer.from("\n"));
      expect(contentProblems(contents)).toContain(`${name} is missing or empty`);
    }
    expect(contentProblems(new Map())).toEqual(["there is no state of any stack in it"]);
  });

  it("have a state of something that was applied, and a key that fits the root certificate", () => {
    const contents = complete().set("stacks/adama/state.json", Buffer.from('{"deployment": {"resources": []}}'));
    const problems = contentProblems(contents);
    expect(problems[0]).toBe("stacks/adama/state.json has no resources: it was never applied");
    expect(problems[1]).toMatch(/^the root certificate or its key cannot be read: /);
  });
});
