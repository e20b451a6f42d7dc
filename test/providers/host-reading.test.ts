import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgetReading, readDirectories, readHost } from "../../providers/host-reading.ts";
import { PROTOCOL_VERSION } from "../../providers/workload/protocol.ts";
import { type FakeSsh, fakeSsh, target } from "./fake-ssh.ts";

let ssh: FakeSsh | undefined;
beforeEach(() => forgetReading(target));
afterEach(() => ssh?.remove());

const directory = { files: {}, undeclared: {} };
const first = (version: number) => `echo '${JSON.stringify({ version, directories: { "/etc/app": directory } })}'`;
const second = `echo '${JSON.stringify({ workloads: {} })}'`;
const whole = { version: PROTOCOL_VERSION, directories: { "/etc/app": directory }, workloads: {} };

describe("a reading of a host", () => {
  it("gives the directories before it knows what the workloads answer, in one session", async () => {
    ssh = fakeSsh(`${first(PROTOCOL_VERSION)}; until [ -e go ]; do sleep 0.05; done; ${second}`);
    const reading = readHost(target);
    expect(await readDirectories(target)).toEqual({ "/etc/app": directory });
    writeFileSync(join(ssh.folder, "go"), "");
    expect(await reading).toEqual(whole);
    expect(await readDirectories(target)).toEqual({ "/etc/app": directory });
    expect(ssh.calls()).toHaveLength(1);
  });

  it("may come in one line", async () => {
    ssh = fakeSsh(`echo '${JSON.stringify(whole)}'`);
    expect(await readDirectories(target)).toEqual({ "/etc/app": directory });
    expect(await readHost(target)).toEqual(whole);
  });

  it("of another version is refused, whatever is asked for", async () => {
    ssh = fakeSsh(`${first(PROTOCOL_VERSION + 1)}; ${second}`);
    await expect(readDirectories(target)).rejects.toThrow(`adama answered in version ${PROTOCOL_VERSION + 1}`);
    await expect(readHost(target)).rejects.toThrow(`adama answered in version ${PROTOCOL_VERSION + 1}`);
  });

  it("that cannot be had fails for all who asked", async () => {
    ssh = fakeSsh("echo 'no python3' >&2; exit 127");
    const [one, other] = await Promise.allSettled([readDirectories(target), readHost(target)]);
    expect([one, other]).toMatchObject([1, 2].map(() => ({ reason: { message: "adama could not be read: no python3" } })));
  });
});
