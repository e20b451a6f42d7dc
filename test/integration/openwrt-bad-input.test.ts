import { delimiter } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../operations/shell.ts";
import { ensureControlDirectory, type SshTarget } from "../../providers/ssh.ts";
import type { UciInputs } from "../../providers/uci/inputs.ts";
import * as provider from "../../providers/uci/provider.ts";
import { instanceOf, type SimulatedHost } from "../../rehearsal/simulation/instance.ts";
import { cutPower } from "../../rehearsal/simulation/pi.ts";
import { fill, startRouter } from "../../rehearsal/simulation/router.ts";
import { shimFolder } from "../../rehearsal/simulation/ssh.ts";
import { removeLab } from "../../rehearsal/simulation/up.ts";
import { inputs } from "../providers/uci/example.ts";
import { testInstances } from "../support/lab.ts";
import { inTheWindow, OpenwrtDevice } from "../support/openwrt-device.ts";
import { missing, titled } from "../validators/prerequisites.ts";

/*
 * What may be wrong with a router or with what it is told, on a simulated one: each is found before anything is sent, or taken back
 * whole, with a message that says what to do.
 */

const lacks = missing();
const instance = instanceOf(`${testInstances[0]}-input`);
const path = process.env.PATH;
let router: SimulatedHost;
let device: OpenwrtDevice;

const TYPE = "homelab_test";
const MARK = "system.homelab_one";

/** One option of a section that no program reads. */
const declared = (value = "first", more: Partial<UciInputs> = {}): UciInputs =>
  inputs({
    device: device.target,
    sections: { [MARK]: { type: TYPE } },
    settings: { [`${MARK}.text`]: value },
    confirmWithinSeconds: 30,
    ...more,
  });

/** Expects a refusal, after which the device has what it had and nothing of ours is left on it. */
async function refused(message: RegExp, news = declared()): Promise<void> {
  const before = await device.changed();
  await expect(provider.create(news)).rejects.toThrow(message);
  expect(await device.changed()).toEqual(before);
  expect(await leftovers()).toBe("");
}

const leftovers = () => device.leftovers();

async function powerCycle(): Promise<void> {
  await cutPower(router);
  await startRouter(instance, "apollo");
  await waitFor("the router answers", 60, () =>
    device
      .on("true")
      .catch(() => undefined)
      .then((said) => said === "" || undefined),
  );
}

describe.skipIf(lacks !== undefined)(titled("a router with something wrong", lacks), () => {
  beforeAll(async () => {
    router = await startRouter(instance, "apollo");
    process.env.PATH = `${shimFolder(instance)}${delimiter}${path}`;
    ensureControlDirectory();
    device = await waitFor("the router answers", 60, () => OpenwrtDevice.at(`root@${router.address}`).catch(() => undefined));
  });
  afterEach(() => device.restore());
  afterAll(async () => {
    process.env.PATH = path;
    await removeLab(instance);
  });

  it("that does not answer is named, with what to look at", async () => {
    const elsewhere: SshTarget = { ...device.target, port: 2222 };
    await refused(
      /device \([\d.]+, port 2222\) cannot be reached[\s\S]*homelab:routers\.device\.address/,
      declared("x", { device: elsewhere }),
    );
  });

  it("that shows another host key is told nothing", async () => {
    const stranger = {
      ...device.target,
      hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMAISQbfI9kbSUwUrm/PF1PZv06TabHIbpoLfmNU9uZ8",
    };
    await refused(
      /shows another ssh host key.*homelab:routerKeys\.device[\s\S]*Nothing was done/,
      declared("x", { device: stranger }),
    );
  });

  it("without rpcd is told how to start it", async () => {
    await device.on("/etc/init.d/rpcd stop");
    await refused(/nothing was changed: rpcd, which carries out changes, does not answer\. Start it: service rpcd start/);
    await device.on("/etc/init.d/rpcd start; ubus -t 30 wait_for session uci");
  });

  it("with an old release is left alone", async () => {
    await device.on(
      "cp /etc/openwrt_release /tmp/release; sed -i \"s/^DISTRIB_RELEASE=.*/DISTRIB_RELEASE='21.02.7'/\" /etc/openwrt_release",
    );
    await refused(/runs OpenWrt 21\.02\.7; 23\.05 or newer is needed/);
    await device.on("cat /tmp/release >/etc/openwrt_release");
  });

  it("with a file that uci cannot read is told which", async () => {
    await device.on('echo "config \'never closed" >>/etc/config/system');
    await refused(/\/etc\/config\/system cannot be read by uci\. Correct it there: uci show system/);
  });

  it("with a section of another type in the way keeps it", async () => {
    await device.on(`uci set ${MARK}=somebody && uci set ${MARK}.text=theirs && uci commit system`);
    await refused(
      /system\.homelab_one is declared as "homelab_test", but the device has a section of that name that is a "somebody"/,
    );
    expect(await device.on(`uci get ${MARK}.text`)).toBe("theirs");
  });

  it("with full memory is left alone: rpcd would empty its files without a word", async () => {
    await fill(router, "memory");
    await refused(/\/tmp has only \d+ KiB left\. UCI empties files without a word when it is full/);
    await device.on("rm /tmp/.filler");
  });

  it("with a full flash is left alone, for the same reason", async () => {
    await fill(router, "flash");
    await expect(provider.create(declared())).rejects.toThrow(/\/etc\/config has only \d+ KiB left/);
    expect(await device.on(`uci -q get ${MARK} || echo none; wc -c </etc/config/network | tr -d ' '`)).not.toMatch(
      /^homelab|\n0$/,
    );
    await powerCycle();
    expect(await device.changed()).toEqual([]);
  });

  it("with a file in /var/run/uci is left alone: of what is written there nothing could be taken back", async () => {
    await device.on("mkdir -p /var/run/uci && cp /etc/config/system /var/run/uci/system");
    await refused(/\/var\/run\/uci\/system hides \/etc\/config\/system: with it no change can be taken back\. Remove it there/);
    await device.on("rm -r /var/run/uci");
  });

  it("whose rpcd is killed while a change is pending keeps it, whole, once it is confirmed", async () => {
    await inTheWindow(device, declared(), () => device.on("kill -9 $(pidof rpcd); ubus -t 30 wait_for session uci"));
    expect(await device.on(`uci get ${MARK}.text`)).toBe("first");
    expect(await leftovers()).toBe("");
  });

  it("whose session is gone by the time of the confirmation keeps the change, too", async () => {
    const destroy = 'ubus -S call session destroy "{\\"ubus_rpc_session\\":\\"$(cat /var/run/homelab-trial/session)\\"}"';
    await inTheWindow(device, declared(), () => device.on(destroy));
    expect(await device.on(`uci get ${MARK}.text`)).toBe("first");
    expect(await leftovers()).toBe("");
  });

  it("gets the longest value there is whole, and a longer one never", async () => {
    const value = `${"é'".repeat(21_845)}x`;
    expect(Buffer.byteLength(value)).toBe(65_536);
    const { outs } = await provider.create(declared(value));
    const { inputs: found } = await provider.read("device", outs);
    expect(found.settings[`${MARK}.text`]).toBe(value);
    await device.restore();
    await refused(/system\.homelab_one\.text is longer than 65536 bytes/, declared(`${value}x`));
  });

  it("takes hostile text as text, in options, lists, secrets and the words of probes", async () => {
    const hostile = [
      "'; touch /tmp/owned; '",
      "$(touch /tmp/owned)",
      "`touch /tmp/owned`",
      "-rf /",
      "--",
      "a\n== end\nb",
      "\\'",
      "#",
      ";",
    ];
    const settings = { [`${MARK}.list`]: hostile, [`${MARK}.text`]: hostile.join("\n") };
    const probes = [{ name: hostile.join(" "), command: ["test", hostile.join("|"), "=", hostile.join("|")] }];
    const { outs } = await provider.create(declared("x", { settings, secrets: { [`${MARK}.key`]: hostile.join(" ") }, probes }));
    const { inputs: found } = await provider.read("device", outs);
    expect(found.settings).toEqual(settings);
    expect(await device.on("ls /tmp/owned 2>/dev/null || echo none")).toBe("none");
  });

  it.each<[string, Partial<UciInputs>, RegExp]>([
    ["software", { software: [{ name: "x;touch /tmp/owned" }] }, /is no name of an OpenWrt package/],
    [
      "software that it replaces",
      { software: [{ name: "x", replaces: "$(touch /tmp/owned)" }] },
      /is no name of an OpenWrt package/,
    ],
    ["a package", { sections: { "x;touch /tmp/owned.y": { type: TYPE } } }, /no place|no name of a package/],
    ["a section", { sections: { "system.$(id)": { type: TYPE } } }, /no name of a section/],
    ["a type", { sections: { [MARK]: { type: "a'b" } } }, /is no type of a section/],
    ["an option", { settings: { [`${MARK}.-n`]: "x" } }, /no name of an option/],
  ])("takes no hostile name of %s", async (_, more, message) => {
    await refused(message, declared("x", { settings: {}, ...more }));
    expect(await device.on("ls /tmp/owned 2>/dev/null || echo none")).toBe("none");
  });
});
