import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../lab/canonical.ts";
import type { DirectoryInputs } from "../../../providers/files/inputs.ts";
import * as provider from "../../../providers/files/provider.ts";
import { forgetReading } from "../../../providers/host-reading.ts";
import { type DirectoryReading, PROTOCOL_VERSION } from "../../../providers/workload/protocol.ts";
import { type FakeSsh, fakeSsh, target } from "../fake-ssh.ts";

let ssh: FakeSsh | undefined;
beforeEach(() => forgetReading(target));
afterEach(() => ssh?.remove());

const FILE = "providers/workload/host/locks.py";
const SOURCE = readFileSync(new URL(`../../../${FILE}`, import.meta.url), "utf8");
const KEY = "-----BEGIN PRIVATE KEY-----";

const inputs: DirectoryInputs = {
  host: target,
  path: "/etc/app",
  exclusive: true,
  files: { "app.conf": "level: info\n" },
  sources: { "locks.py": { file: FILE, sha256: sha256(SOURCE) } },
  secrets: { "tls/app.key": KEY },
  modes: { files: "0644", secrets: "0640", exceptions: { "locks.py": "0755" } },
  owner: { user: "root", group: "app" },
  activate: "systemctl restart app",
  deactivate: "systemctl stop app",
  found: {},
};

/** What was sent to the writer with a session. */
const request = (call: number) => JSON.parse(ssh?.calls()[call]?.stdin ?? "");
const text = (file: { base64: string }) => Buffer.from(file.base64, "base64").toString();

/** A host that has the files in this way. */
function has(directory: DirectoryReading | undefined): void {
  const reading = { version: PROTOCOL_VERSION, workloads: {}, directories: directory ? { "/etc/app": directory } : {} };
  ssh = fakeSsh(`cat <<'EOF'\n${JSON.stringify(reading)}\nEOF`);
}

const owner = "0:990 root:app";
const asDeclared: DirectoryReading = {
  files: {
    "app.conf": { base64: Buffer.from("level: info\n").toString("base64"), sha256: "", mode: "0644", owner },
    "locks.py": { sha256: sha256(SOURCE), mode: "0755", owner },
    "tls/app.key": { sha256: sha256(KEY), mode: "0640", owner },
  },
  undeclared: {},
};

describe("diff", () => {
  it("sees what is declared anew or was found, and never connects", async () => {
    ssh = fakeSsh("exit 255");
    const changes = async (olds: Partial<DirectoryInputs>, news: Partial<DirectoryInputs>) =>
      await provider.diff("id", { ...inputs, ...olds }, { ...inputs, ...news });
    expect(await changes({}, {})).toEqual({ changes: false, replaces: [] });
    expect(await changes({}, { sources: { "locks.py": { file: FILE, sha256: sha256("another") } } })).toMatchObject({
      changes: true,
    });
    expect(await changes({}, { secrets: { "tls/app.key": "another" } })).toMatchObject({ changes: true });
    expect(await changes({ found: { "app.conf": "mode 0666" } }, {})).toMatchObject({ changes: true });
    expect(await changes({}, { path: "/etc/other" })).toEqual({ changes: true, replaces: ["path"] });
    expect(ssh.calls()).toEqual([]);
  });

  it("takes a state from before there were sources for one without any", async () => {
    const { sources: _, ...older } = inputs;
    const now = { ...inputs, sources: {} };
    expect(await provider.diff("id", older as DirectoryInputs, now)).toEqual({ changes: false, replaces: [] });
  });
});

describe("create", () => {
  it("sends all texts with mode and owner, those of sources from the repository, and none in an argument", async () => {
    ssh = fakeSsh("exit 0");
    expect(await provider.create(inputs)).toEqual({ id: "adama:/etc/app", outs: inputs });
    const { files, ...rest } = request(0);
    expect(rest).toEqual({ path: "/etc/app", exclusive: true, owner: inputs.owner, activate: inputs.activate });
    expect(Object.keys(files).sort()).toEqual(["app.conf", "locks.py", "tls/app.key"]);
    expect([text(files["app.conf"]), files["app.conf"].mode, files["app.conf"].secret]).toEqual(["level: info\n", "0644", false]);
    // Hidden from readings, as a secret is: only hashes of both stand in state.
    expect([text(files["locks.py"]), files["locks.py"].mode, files["locks.py"].secret]).toEqual([SOURCE, "0755", true]);
    expect([text(files["tls/app.key"]), files["tls/app.key"].mode, files["tls/app.key"].secret]).toEqual([KEY, "0640", true]);
    expect(ssh.calls()[0]?.args).not.toContain(KEY);
  });

  it("is refused, with nothing sent, where a source says something else by now", async () => {
    ssh = fakeSsh("exit 0");
    const changed = { ...inputs, sources: { "locks.py": { file: FILE, sha256: sha256("what was previewed") } } };
    await expect(provider.create(changed)).rejects.toThrow("providers/workload/host/locks.py was changed in the middle of this");
    expect(ssh.calls()).toEqual([]);
  });

  it("fails in the host's words", async () => {
    ssh = fakeSsh("echo '/etc/app: no such group: app' >&2; exit 1");
    await expect(provider.update("id", inputs, inputs)).rejects.toThrow("adama: /etc/app: no such group: app");
  });
});

describe("read", () => {
  it("gives back the inputs where all is as declared", async () => {
    has(asDeclared);
    expect(await provider.read("id", inputs)).toEqual({ id: "id", props: inputs, inputs });
  });

  it("tells the engine that nothing is there", async () => {
    has(undefined);
    expect(await provider.read("id", inputs)).toEqual({ id: "" });
  });

  it("has the hash of a source that was edited, the text of a file, and words for what must not be shown", async () => {
    const { "locks.py": source, "tls/app.key": key } = asDeclared.files;
    if (!source || !key) throw new Error("The example lacks a file.");
    has({
      files: {
        "app.conf": { base64: Buffer.from("level: debug\n").toString("base64"), sha256: "", mode: "0666", owner },
        "locks.py": { ...source, sha256: sha256("edited") },
        "tls/app.key": { ...key, sha256: sha256("another") },
      },
      undeclared: { spy: sha256("spy") },
    });
    const { inputs: found } = await provider.read("id", inputs);
    expect(found).toEqual({
      ...inputs,
      files: { "app.conf": "level: debug\n" },
      sources: { "locks.py": { file: FILE, sha256: sha256("edited") } },
      secrets: {},
      found: {
        "app.conf": "mode 0666",
        "tls/app.key": `its secret content is another (sha256 ${sha256("another").slice(0, 12)})`,
        spy: `is not declared (sha256 ${sha256("spy").slice(0, 12)})`,
      },
    });
  });

  it("shows a secret file that an update left which was killed", async () => {
    has({ ...asDeclared, files: { ...asDeclared.files, "tls/new.key": { sha256: sha256("new"), mode: "0640", owner } } });
    const { inputs: found } = await provider.read("id", inputs);
    expect(found?.found).toEqual({ "tls/new.key": `is not declared (sha256 ${sha256("new").slice(0, 12)})` });
  });

  it("knows nothing of sources where the state is from before there were any", async () => {
    has(asDeclared);
    const { sources: _, ...older } = inputs;
    const { inputs: found } = await provider.read("id", older as DirectoryInputs);
    expect(found?.found).toEqual({ "locks.py": `is not declared (sha256 ${sha256(SOURCE).slice(0, 12)})` });
  });
});

describe("delete", () => {
  it("lets the host do without the files before it removes them", async () => {
    ssh = fakeSsh("exit 0");
    await provider.delete("id", inputs);
    expect(ssh.calls()[0]?.args).toContain("systemctl stop app");
    expect(request(1)).toEqual({ path: "/etc/app", exclusive: true, owner: inputs.owner, activate: "", files: {} });
    expect(ssh.calls()).toHaveLength(2);
  });

  it("leaves them where the host cannot do without", async () => {
    ssh = fakeSsh("echo 'Unit app.service is in use' >&2; exit 1");
    await expect(provider.delete("id", inputs)).rejects.toThrow(
      "adama: /etc/app could not be given up: Unit app.service is in use",
    );
    expect(ssh.calls()).toHaveLength(1);
  });
});
