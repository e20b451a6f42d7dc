import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deploy } from "../../operations/deploy.ts";
import { holdsOn, reachesHosts } from "../../operations/holds.ts";
import { hostTarget } from "../../operations/hosts.ts";
import { previewStack } from "../../operations/preview.ts";
import { forgetReading } from "../../providers/host-reading.ts";
import { PROTOCOL_VERSION } from "../../providers/workload/protocol.ts";
import { type FakeSsh, fakeSsh } from "../providers/fake-ssh.ts";
import { firstLabFolder } from "../support/first-lab.ts";

const hold = { imageTag: "2.1", why: "it was sick.", transaction: "t1", time: 0 };
const reading = { version: PROTOCOL_VERSION, workloads: { mosquitto: { holds: { "x@sha256:22": hold } } }, directories: {} };

let ssh: FakeSsh | undefined;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "homelab-holds-"));
  cpSync(firstLabFolder, folder, { recursive: true });
  const file = join(folder, "Pulumi.adama.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("hostKey: unset", "hostKey: ssh-ed25519 AAAAexample"));
});
afterEach(() => {
  forgetReading(hostTarget(folder, "adama"));
  ssh?.remove();
  rmSync(folder, { recursive: true });
});

describe("what a host holds", () => {
  it("is asked in one session that the key of previews may open", async () => {
    ssh = fakeSsh(`echo '${JSON.stringify(reading)}'`);
    expect(await holdsOn(folder, "adama")).toEqual({ mosquitto: { "x@sha256:22": hold } });
    expect(ssh.calls().map(({ args }) => args.split(" -- ")[1])).toEqual(["python3 -"]);
  });

  it("is a sentence where it cannot be asked, and a warning of the preview", async () => {
    ssh = fakeSsh(`echo "ssh: connect to host 192.0.2.11 port 22: No route to host" >&2; exit 255`);
    const said = await holdsOn(folder, "adama");
    expect(said).toMatch(/^Which versions are held is not known from adama itself, .*: adama \(.*No route to host$/);
    writeFileSync(join(folder, "pulumi"), "#!/bin/sh\n", { mode: 0o755 });
    const project = { folder, env: { PATH: `${folder}:${process.env.PATH}` } };
    expect((await previewStack(project, "adama", { holds: Promise.resolve(said) })).warnings).toEqual([said]);
    expect((await previewStack(project, "adama")).warnings).toEqual([]);
  });

  it("is a sentence at once where its key is not known, and no error of nobody's later on", async () => {
    expect(await holdsOn(folder, "starbuck", 0.001)).toContain("The ssh key of starbuck is not known");
    // Vitest, as Node, takes an error that nobody hears for a failure.
    await sleep(50);
  });

  it("is shown by a deploy too, also of a workload that never came up, which no state knows", async () => {
    ssh = fakeSsh(`echo '${JSON.stringify(reading)}'`);
    const type = "pulumi-nodejs:dynamic/homelab:Workload";
    const urn = `urn:pulumi:adama::homelab::${type}::mosquitto`;
    const event = { resourcePreEvent: { metadata: { op: "create", type, urn, new: { inputs: { image: "x@sha256:22" } } } } };
    writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n[ $1 != preview ] || echo '${JSON.stringify(event)}'\n`, { mode: 0o755 });
    const said = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const project = { folder, env: { PATH: `${folder}:${process.env.PATH}` } };
    // The policies refuse a workload that is no more than this: nothing is asked, and nothing happens.
    await deploy(project, ["adama"], { agrees: async () => false });
    const text = said.mock.calls.join();
    said.mockRestore();
    expect(text).toContain("Held:\n  mosquitto 2.1 (it was sick.). This update of it will fail before anything is touched.");
  });

  it("is nothing that a hosted runner asks for", () => {
    expect(reachesHosts({ GITHUB_ACTIONS: "true" })).toBe(false);
    expect(reachesHosts({ GITHUB_ACTIONS: "true", HOMELAB_RUNNER: "lab" })).toBe(true);
    expect(reachesHosts({})).toBe(true);
  });
});
