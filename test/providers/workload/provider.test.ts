import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetReading } from "../../../providers/host-reading.ts";
import { sourceOf } from "../../../providers/sources.ts";
import type { WorkloadInputs } from "../../../providers/workload/inputs.ts";
import type { HostReading, Outcome } from "../../../providers/workload/protocol.ts";
import * as provider from "../../../providers/workload/provider.ts";
import { repository } from "../../../rehearsal/toolchain/paths.ts";
import { type FakeSsh, fakeSsh, target } from "../fake-ssh.ts";
import { confirmed, inputs, reading } from "./example.ts";

let ssh: FakeSsh | undefined;
beforeEach(() => forgetReading(target));
afterEach(() => ssh?.remove());

/** A file of the repository with every byte that there is. */
const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const folder = mkdtempSync(join(tmpdir(), "homelab-sources-"));
writeFileSync(join(folder, "logo.png"), bytes);
afterAll(() => rmSync(folder, { recursive: true }));
const source = sourceOf(relative(repository, join(folder, "logo.png")));

const outputs = { ...inputs, transaction: "t0" };
const print = (answer: Outcome | HostReading) => `cat <<'EOF'\n${JSON.stringify(answer)}\nEOF`;

describe("diff", () => {
  it("is empty for what is in state already, whatever the order of keys", async () => {
    const shuffled = { ...inputs, health: { withinSeconds: 60, attemptSeconds: 10, command: ["curl", "https://app"] } };
    expect(await provider.diff("id", outputs, shuffled)).toEqual({ changes: false });
  });

  it.each([
    ["image", { image: `docker.io/lab/app@sha256:${"b".repeat(64)}` }],
    ["a file", { files: { "app.yml": "level: debug\n" } }],
    ["a secret", { secrets: { "tls/server.key": "another" } }],
    ["the host's key", { host: { ...target, hostKey: "ssh-ed25519 AAAAother" } }],
    ["a reload that is new", { reload: { signal: "SIGHUP", paths: ["app.yml"] } }],
  ])("sees a change of %s", async (_, change) => {
    expect(await provider.diff("id", outputs, { ...inputs, ...change })).toEqual({ changes: true });
  });

  it("sees what reading found on the host", async () => {
    expect(await provider.diff("id", { ...outputs, state: "stopped" }, inputs)).toEqual({ changes: true });
    expect(await provider.diff("id", { ...outputs, found: { x: "abc" } }, inputs)).toEqual({ changes: true });
  });

  it("does not see a change of its turn, or of how many there are, alone", async () => {
    expect(await provider.diff("id", outputs, { ...inputs, turn: 7, hostWorkloads: 8 })).toEqual({ changes: false });
    const { turn: _, hostWorkloads: __, ...older } = outputs;
    expect(await provider.diff("id", older as typeof outputs, inputs)).toEqual({ changes: false });
  });

  it("never connects", async () => {
    ssh = fakeSsh("exit 255");
    await provider.diff("id", outputs, { ...inputs, image: "other" });
    expect(ssh.calls()).toEqual([]);
  });
});

describe("check", () => {
  const backup = { paths: ["/var/lib/homelab/data/app/data"], retention: "state", hot: { kind: "files", flush: null } } as const;
  const saved = { ...inputs, backup };
  const next = { ...saved, image: `docker.io/lab/app@sha256:${"b".repeat(64)}`, version: "1.1" };
  const checked = async (olds: Partial<WorkloadInputs>, news: WorkloadInputs) => (await provider.check(olds, news)).inputs;

  it("shows the backup before a change of version, and goes on saying it", async () => {
    const upgraded = await checked(saved, next);
    expect(upgraded.backupBefore).toBe("1.0 → 1.1");
    expect(await checked(upgraded, next)).toEqual(upgraded);
    expect(await checked(upgraded, { ...next, stopSeconds: 99 })).toMatchObject({ backupBefore: "1.0 → 1.1" });
    expect((await checked(saved, { ...next, version: "1.0" })).backupBefore).toBe(
      "1.0 (sha256:aaaaaaaa) → 1.0 (sha256:bbbbbbbb)",
    );
  });

  it("shows it also where the recipe goes with the old version", async () => {
    const { backup: _, ...bare } = next;
    expect((await checked(saved, bare)).backupBefore).toBe("1.0 → 1.1");
  });

  it("has none where nothing is backed up: a new workload, one without data, another limit", async () => {
    expect(await checked({}, saved)).toEqual(saved);
    expect((await checked(inputs, { ...inputs, image: next.image })).backupBefore).toBeUndefined();
    expect((await checked(saved, { ...saved, units: {} })).backupBefore).toBeUndefined();
  });

  it("after a failed upgrade and a configuration that was put back, nothing is left to do", async () => {
    const before = { ...(await checked(saved, next)), transaction: "t0" };
    expect(await provider.diff("id", before, await checked(before, next))).toEqual({ changes: false });
  });

  it("carries a restore over, and takes the same snapshot with a change of image for another request", async () => {
    const restored = await checked(next, { ...saved, restore: "abcd1234" });
    expect(restored.restore).toBe("abcd1234");
    expect((await checked(restored, saved)).restore).toBe("abcd1234");
    expect((await checked(restored, { ...saved, restore: "abcd1234" })).restore).toBe("abcd1234");
    const forward = await checked(restored, next);
    const again = await checked(forward, { ...saved, restore: "abcd1234" });
    expect(again.restore).toBe("abcd1234/2");
    expect((await checked(again, { ...saved, restore: "abcd1234" })).restore).toBe("abcd1234/2");
  });

  it("never connects", async () => {
    ssh = fakeSsh("exit 255");
    await checked(saved, next);
    expect(ssh.calls()).toEqual([]);
  });
});

describe("create and update", () => {
  it("cost one session, with secrets on stdin only", async () => {
    ssh = fakeSsh(print(confirmed));
    const { id, outs } = await provider.create(inputs);
    expect(id).toBe("adama/app");
    expect(outs).toEqual({ ...inputs, transaction: "t1", outages: { restart: 1 }, holds: {} });
    expect(ssh.calls()).toHaveLength(1);
    expect(ssh.calls()[0]?.args).not.toContain("BEGIN KEY");
    expect(ssh.calls()[0]?.args).toMatch(/-- \/usr\/local\/lib\/homelab\/homelab apply$/);
    expect(ssh.calls()[0]?.stdin).toContain(Buffer.from("-----BEGIN KEY-----").toString("base64"));
  });

  it("wait until the engine knows of each of the host's whether it has to be changed: one may have to come before", async () => {
    ssh = fakeSsh(print(confirmed));
    const app = { ...inputs, hostWorkloads: 2 };
    const other = { ...app, name: "other" };
    for (const news of [app, other]) await provider.check({}, news);
    const created = provider.create(app);
    await sleep(50);
    expect(ssh.calls()).toEqual([]);
    expect(await provider.diff("id", { ...outputs, name: "other" }, other)).toEqual({ changes: false });
    await created;
    expect(ssh.calls()).toHaveLength(1);
  });

  it("send what is not text byte for byte, and keep of it but a hash", async () => {
    const binary = { ...inputs, sources: { "logo.png": source } };
    ssh = fakeSsh(print(confirmed));
    expect((await provider.create(binary)).outs).toMatchObject({ sources: { "logo.png": source } });
    const { files } = JSON.parse(ssh.calls()[0]?.stdin ?? "");
    expect(files).toContainEqual({ path: "logo.png", base64: bytes.toString("base64"), gid: 1000, secret: true });
  });

  it("are refused, with nothing sent, where a source is something else by now", async () => {
    ssh = fakeSsh(print(confirmed));
    const changed = { ...inputs, sources: { "logo.png": { ...source, sha256: "0".repeat(64) } } };
    await expect(provider.update("id", outputs, changed)).rejects.toThrow(`${source.file} was changed in the middle of this.`);
    expect(ssh.calls()).toEqual([]);
  });

  it("say which commit the program is of, wherever the engine started it", async () => {
    const repository = process.cwd();
    const commit = spawnSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).stdout.trim();
    ssh = fakeSsh(print(confirmed));
    process.chdir("/");
    await provider.create(inputs).finally(() => process.chdir(repository));
    expect(JSON.parse(ssh.calls()[0]?.stdin ?? "")).toMatchObject({ commit });
  });

  it("say of a restore whether it is asked for now", async () => {
    const restore = { ...inputs, restore: "abcd1234" };
    for (const [olds, restoring] of [
      [outputs, true],
      [{ ...outputs, restore: "abcd1234" }, false],
    ] as const) {
      ssh = fakeSsh(print(confirmed));
      await provider.update("id", olds, restore);
      expect(JSON.parse(ssh.calls()[0]?.stdin ?? "")).toMatchObject({ restore: "abcd1234", restoring });
      ssh.remove();
    }
    ssh = undefined;
  });

  it("keep the last outage of each kind: what a preview expects of the next", async () => {
    ssh = fakeSsh(print({ ...confirmed, outageSeconds: 2.5 }));
    const { outs } = await provider.update("id", { ...outputs, outages: { restart: 9, upgrade: 20 } }, inputs);
    expect(outs.outages).toEqual({ restart: 2.5, upgrade: 20 });
    ssh = fakeSsh(print({ ...confirmed, action: "reload", outageSeconds: 0 }));
    expect((await provider.update("id", outs, inputs)).outs.outages).toEqual(outs.outages);
  });

  it("hand on what the host says of a change, or a removal, that went well", async () => {
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    ssh = fakeSsh(print({ ...confirmed, notes: "Copies to starbuck fail at the moment: its backup is not there." }));
    await provider.update("id", outputs, inputs);
    ssh.remove();
    ssh = fakeSsh(print({ ...confirmed, action: "remove", notes: "There is no last backup of its data: no room" }));
    await provider.delete("id", outputs);
    expect(warned.mock.calls.flat()).toEqual([
      expect.stringContaining("app on adama: Copies to starbuck fail at the moment: its backup is not there."),
      expect.stringContaining("app on adama: There is no last backup of its data: no room"),
    ]);
    warned.mockRestore();
  });

  it("fail with the host's words and the last log lines when the old version serves again", async () => {
    ssh = fakeSsh(
      `echo progress; ${print({ ...confirmed, result: "reverted", message: "2.0 never got healthy.", log: ["panic: no"] })}`,
    );
    await expect(provider.update("id", outputs, inputs)).rejects.toThrow(
      "app on adama: 2.0 never got healthy.\nIts last log lines:\n  panic: no",
    );
  });

  it("ask again when the connection breaks in the middle, and take the outcome of what went on without it", async () => {
    const breaks = "echo 'app: queued' >&2; exit 255";
    ssh = fakeSsh(`if [ $call = 1 ]; then ${breaks}; fi; ${print({ ...confirmed, result: "unchanged" })}`);
    expect((await provider.update("id", outputs, inputs)).outs.transaction).toBe("t1");
    const [first, second] = ssh.calls();
    expect(second?.stdin).toBe(first?.stdin);
    expect(JSON.parse(first?.stdin ?? "")).toHaveProperty("id", expect.stringMatching(/^[0-9a-f]{8}$/));
  });

  it("go on asking while a host that broke off is away", async () => {
    const away = "echo 'ssh: connect to host 192.0.2.11 port 22: Connection refused' >&2; exit 255";
    ssh = fakeSsh(`case $call in 1) exit 255;; 2) ${away};; esac; ${print(confirmed)}`);
    expect((await provider.update("id", outputs, inputs)).outs.transaction).toBe("t1");
    expect(ssh.calls()).toHaveLength(3);
  });

  it("do not wait for a host that cannot be reached at all", async () => {
    ssh = fakeSsh("echo 'ssh: connect to host 192.0.2.11 port 22: Connection refused' >&2; exit 255");
    await expect(provider.create(inputs)).rejects.toThrow("cannot be reached");
    expect(ssh.calls()).toHaveLength(1);
  });

  it("say so when the host's program ends without an outcome", async () => {
    ssh = fakeSsh("echo 'no such file' >&2; exit 127");
    await expect(provider.create(inputs)).rejects.toThrow(/ended with status 127 and no outcome:\nno such file/);
  });
});

describe("read", () => {
  const answer = (app: object): HostReading => ({ version: 2, workloads: { app: { ...reading, ...app } }, directories: {} });

  it("finds nothing to report where all is as declared", async () => {
    ssh = fakeSsh(print(answer({})));
    const result = await provider.read("id", outputs);
    expect(result.inputs).toEqual(inputs);
    expect(await provider.diff("id", result.props ?? outputs, inputs)).toEqual({ changes: false });
  });

  it("finds a source as it was declared, edited, or gone", async () => {
    const declared = { ...outputs, sources: { "logo.png": source } };
    const sourcesWith = async (secrets: Record<string, string>) => {
      ssh = fakeSsh(print(answer({ secrets: { ...reading.secrets, ...secrets } })));
      forgetReading(target);
      const { inputs: found } = await provider.read("id", declared);
      ssh.remove();
      expect(found).toMatchObject({ ...inputs, sources: {} });
      return found?.sources;
    };
    expect(await sourcesWith({ "logo.png": source.sha256 })).toEqual({ "logo.png": source });
    expect(await sourcesWith({ "logo.png": "0".repeat(64) })).toEqual({ "logo.png": { ...source, sha256: "0".repeat(64) } });
    expect(await sourcesWith({})).toEqual({});
    ssh = undefined;
  });

  it("says what is held, which no diff shows", async () => {
    const hold = { imageTag: "2.1", why: "It was sick.", transaction: "t1", time: 0 };
    ssh = fakeSsh(print(answer({ holds: { "x@sha256:22": hold } })));
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await provider.read("id", outputs);
    expect(said.mock.calls).toEqual([
      ["app 2.1 is held on adama: It was sick. To let it in again: npm run release -- adama app\n"],
    ]);
    said.mockRestore();
  });

  it("copes with a state that an earlier version of the program wrote", async () => {
    ssh = fakeSsh(print(answer({})));
    const { found: _, ...older } = outputs;
    const result = await provider.read("id", older as typeof outputs);
    expect(Object.values(result.inputs ?? {})).not.toContain(undefined);
  });

  it("asks a host once for all its workloads", async () => {
    ssh = fakeSsh(print(answer({})));
    await Promise.all([
      provider.read("a", outputs),
      provider.read("b", outputs),
      provider.read("c", { ...outputs, name: "other" }),
    ]);
    expect(ssh.calls()).toHaveLength(1);
  });

  it("tells the engine that a workload is gone", async () => {
    ssh = fakeSsh(print({ version: 2, workloads: {}, directories: {} }));
    expect(await provider.read("id", outputs)).toEqual({ id: "" });
  });

  it.each([
    [
      "a file edited by hand",
      { files: { "app.yml": Buffer.from("level: debug\n").toString("base64") } },
      { files: { "app.yml": "level: debug\n" } },
    ],
    ["a unit edited by hand", { units: { "app.container": "mine" } }, { units: { "app.container": "mine" } }],
    ["a file that is gone", { files: {} }, { files: {} }],
    ["a container that stopped", { state: "stopped" }, { state: "stopped" }],
    ["another image", { image: "docker.io/lab/other@sha256:1" }, { image: "docker.io/lab/other@sha256:1" }],
    ["a file that nobody declared", { undeclared: { "x.yml": "abc" } }, { found: { "x.yml": "is not declared (sha256 abc)" } }],
    [
      "limits that someone changed with podman",
      { limits: { memory: 70 * 2 ** 20, memorySwap: 70 * 2 ** 20, cpus: 0.29, pids: 12 } },
      { state: "its container has the limits memory 70 MiB, cpus 0.29, pids 12" },
    ],
    ["another subnet", { subnets: { app: "10.88.0.0/16" } }, { state: "its network has the subnet 10.88.0.0/16" }],
  ])("shows %s, and the diff sees it", async (_, found, shown) => {
    ssh = fakeSsh(print(answer(found)));
    const result = await provider.read("id", outputs);
    expect(result.inputs).toEqual({ ...inputs, ...shown });
    expect(await provider.diff("id", result.props ?? outputs, inputs)).toEqual({ changes: true });
  });

  it("takes what was confirmed while nobody watched for what it is: nothing is left to do", async () => {
    const units = { ...inputs.units, "app.network": "# homelab: app\n[Network]\nSubnet=10.9.1.0/28\n" };
    const reload = { signal: "SIGHUP", paths: ["app.yml"] };
    const next = { ...inputs, version: "2.0", units, reload, validate: ["check"], stopSeconds: 20 };
    const settings = {
      ...reading.settings,
      imageTag: "2.0",
      reload: { ...reload, metric: null },
      validate: ["check"],
      stopSeconds: 20,
    };
    ssh = fakeSsh(print(answer({ units, settings, subnets: { app: "10.9.1.0/28" } })));
    const result = await provider.read("id", outputs);
    expect(result.inputs).toEqual(next);
    expect(await provider.diff("id", result.props ?? outputs, next)).toEqual({ changes: false });
  });

  it("shows a changed secret file without its content", async () => {
    ssh = fakeSsh(print(answer({ secrets: { "tls/server.key": "f".repeat(64) } })));
    const result = await provider.read("id", outputs);
    expect(result.inputs?.secrets).toEqual({});
    expect(result.inputs?.found).toEqual({ "tls/server.key": "its secret content is another (sha256 ffffffffffff)" });
  });

  it("fails, and leaves state alone, when the host does not answer", async () => {
    ssh = fakeSsh("exit 255");
    await expect(provider.read("id", outputs)).rejects.toThrow("the connection to adama (192.0.2.11, port 22) broke off");
  });
});

describe("delete", () => {
  it("keeps the data", async () => {
    ssh = fakeSsh(print({ ...confirmed, action: "remove" }));
    await provider.delete("id", outputs);
    expect(JSON.parse(ssh.calls()[0]?.stdin ?? "")).toMatchObject({ version: 2, workload: "app", deleteData: false });
  });
});
