import { delimiter } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../lab/canonical.ts";
import { waitFor } from "../../operations/shell.ts";
import { ensureControlDirectory, runOnHost } from "../../providers/ssh.ts";
import type { UciInputs, UciOutputs } from "../../providers/uci/inputs.ts";
import * as provider from "../../providers/uci/provider.ts";
import { applyCommand, applyInput } from "../../providers/uci/scripts.ts";
import { instanceOf, type SimulatedHost } from "../../rehearsal/simulation/instance.ts";
import { cutPower } from "../../rehearsal/simulation/pi.ts";
import { lacksStandIn, routerOf, startRouter } from "../../rehearsal/simulation/router.ts";
import { shimFolder } from "../../rehearsal/simulation/ssh.ts";
import { removeLab } from "../../rehearsal/simulation/up.ts";
import { inputs } from "../providers/uci/example.ts";
import { testInstances } from "../support/lab.ts";
import { inTheWindow, OpenwrtDevice } from "../support/openwrt-device.ts";
import { missing, titled } from "../validators/prerequisites.ts";

/*
 * The routers' provider against a device, without Pulumi. The device is a simulated one, or, with HOMELAB_OPENWRT=root@<address>, one
 * of yours: it then gets sections that no program reads, and back what it had. What cuts power or kills rpcd is for simulated ones.
 */

const own = process.env.HOMELAB_OPENWRT;
const lacks = own === undefined ? missing() : undefined;
const instance = instanceOf(`${testInstances[0]}-device`);
const path = process.env.PATH;

let simulated: SimulatedHost | undefined;
let device: OpenwrtDevice;

/** A section that no program of OpenWrt reads. */
const TYPE = "homelab_test";

/** What is declared in these tests: sections of {@link TYPE} in the packages given, each with its options. */
function declared(
  sections: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>,
  more: Partial<UciInputs> = {},
) {
  return inputs({
    device: device.target,
    sections: Object.fromEntries(Object.keys(sections).map((key) => [key, { type: TYPE }])),
    settings: Object.fromEntries(
      Object.entries(sections).flatMap(([key, options]) =>
        Object.entries(options).map(([name, value]) => [`${key}.${name}`, value]),
      ),
    ),
    confirmWithinSeconds: 30,
    ...more,
  });
}

const TWO = { "system.homelab_one": { text: "first" }, "dhcp.homelab_two": { list: ["a", "b"] } };
const OTHER = { "system.homelab_one": { text: "second" }, "dhcp.homelab_two": { list: ["b"] } };

const outputsOf = async (news: UciInputs, olds?: UciOutputs): Promise<UciOutputs> =>
  olds === undefined ? (await provider.create(news)).outs : (await provider.update("device", olds, news)).outs;

async function startSimulated(): Promise<SimulatedHost> {
  simulated = await startRouter(instance, "apollo");
  process.env.PATH = `${shimFolder(instance)}${delimiter}${path}`;
  return simulated;
}

/** Puts a change on trial, as the device's script does it for a provider, and leaves it so. */
async function putOnTrial(rollbackSeconds: number, watchdogSeconds: number): Promise<void> {
  const packages = ["system"];
  const sum = (await device.on("sha256sum /etc/config/system")).slice(0, 64);
  const change = `system.homelab_trial='${TYPE}'\n`;
  const { stdout } = await runOnHost(
    device.target,
    applyCommand("t1", rollbackSeconds, watchdogSeconds, 0, packages),
    applyInput(packages, [sum], sha256(change), `set ${change}`),
  );
  expect(stdout).toBe("== staged\n== switched\n");
}

/** What the device has of the tests' sections. */
const ours = () => device.on("uci show | grep homelab_ | sort || true");
const leftovers = () => device.leftovers();

describe.skipIf(lacks !== undefined)(titled("the provider of routers, on a device", lacks), () => {
  beforeAll(async () => {
    ensureControlDirectory();
    // Of a device of yours that does not answer, the reason is said at once.
    if (own !== undefined) {
      device = await OpenwrtDevice.at(own);
      return;
    }
    const { address } = await startSimulated();
    device = await waitFor("the device answers", 60, () => OpenwrtDevice.at(`root@${address}`).catch(() => undefined));
  });

  afterEach(() => device.restore());

  afterAll(async () => {
    process.env.PATH = path;
    if (simulated !== undefined) await removeLab(instance);
  });

  it("has what is declared, every kind of value, and reads it back as that", async () => {
    const values = {
      quotes: `it's "quoted" \\ and $(id) \`id\` ; # not a comment`,
      lines: "first\n second\tand\r third",
      dashes: "--help",
      words: "Kära Gæta, 雪 🛰",
      one: ["a list of one"],
      many: ["two", "words each", "it's", "-n"],
    };
    const outs = await outputsOf(declared({ "system.homelab_one": values }));
    const { props } = await provider.read("device", outs);
    expect(await provider.diff("device", props, declared({ "system.homelab_one": values }))).toEqual({ changes: false });
    expect(await leftovers()).toBe("");
  });

  it("shows what was changed by hand, puts it right, and gives everything back in the end", async () => {
    const before = await ours();
    const outs = await outputsOf(declared(TWO));
    await device.on("uci set system.homelab_one.text='by hand' && uci commit system");
    const { props, inputs: found } = await provider.read("device", outs);
    expect(found.settings["system.homelab_one.text"]).toBe("by hand");
    await outputsOf(declared(TWO), props);
    expect(await device.on("uci get system.homelab_one.text")).toBe("first");
    await provider.delete("device", outs);
    expect(await ours()).toBe(before);
  });

  it("has all of what it had, byte for byte, after a change that does not pass", async () => {
    const probes = [{ name: "it passes", command: ["sh", "-c", "! uci -q get system.homelab_one"] }];
    await expect(provider.create(declared(TWO, { probes, confirmWithinSeconds: 10 }))).rejects.toThrow(
      /took the change back[\s\S]*not so: it passes/,
    );
    expect(await device.changed()).toEqual([]);
    expect(await leftovers()).toBe("");
  });

  it("keeps a change that does not bring what was not there before, such as a line to the internet", async () => {
    const probes = [
      { name: "the line is up", command: ["false"] },
      { name: "it is a device", command: ["true"] },
    ];
    await provider.create(declared(TWO, { probes }));
    expect(await device.on("uci get system.homelab_one.text")).toBe("first");
  });

  it("is left alone while somebody else has changes that are not committed, or not confirmed", async () => {
    await device.on("uci set system.homelab_other='homelab_test'");
    await expect(provider.create(declared(TWO))).rejects.toThrow(/changes of system that are not committed/);
    await device.on("uci revert system");
    const session = JSON.parse(await device.on(`ubus -S call session create '{"timeout":60}'`)).ubus_rpc_session;
    const theirs = `"ubus_rpc_session":"${session}"`;
    await device.on(`ubus -S call session grant '{${theirs},"scope":"uci","objects":[["*","read"],["*","write"]]}'`);
    await device.on(`uci -t /var/run/rpcd/uci-${session} set system.homelab_other='homelab_test'`);
    await device.on(`ubus -S call uci apply '{${theirs},"rollback":true,"timeout":30}'`);
    await expect(provider.create(declared(TWO))).rejects.toThrow(/a change that nobody has confirmed yet waits on it/);
    await device.on(`ubus -S call uci rollback '{${theirs}}'; ubus -S call session destroy '{${theirs}}'`);
    expect(await device.changed()).toEqual([]);
  });

  it("takes a change after somebody applied one unchecked, which rpcd leaves its copies of", async () => {
    const session = JSON.parse(await device.on(`ubus -S call session create '{"timeout":60}'`)).ubus_rpc_session;
    const theirs = `"ubus_rpc_session":"${session}"`;
    await device.on(`ubus -S call session grant '{${theirs},"scope":"uci","objects":[["*","read"],["*","write"]]}'`);
    await device.on(`uci -t /var/run/rpcd/uci-${session} set system.homelab_other='homelab_test'`);
    await device.on(`ubus -S call uci apply '{${theirs},"rollback":false}'; ubus -S call session destroy '{${theirs}}'`);
    expect(await device.on("ls /var/run/rpcd/snapshot-files")).toBe("system");
    await provider.create(declared(TWO));
    expect(await device.on("uci get system.homelab_one.text; uci get system.homelab_other")).toBe("first\nhomelab_test");
    expect(await leftovers()).toBe("");
  });

  /** One of two updates at the same time is made, whole, and the other one says why not. */
  async function takesOneOfTwo(): Promise<void> {
    const outcomes = await Promise.allSettled([provider.create(declared(TWO)), provider.create(declared(OTHER))]);
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason)] : []));
    for (const reason of refused)
      expect(reason).toMatch(/another update is trying a change|changed by somebody else in this moment|has unsaved changes/);
    expect(refused.length).toBeLessThan(2);
    const text = await device.on("uci get system.homelab_one.text; uci get dhcp.homelab_two.list");
    expect(["first\na b", "second\nb"]).toContain(text);
    expect(await leftovers()).toBe("");
  }

  it("takes one of two updates at the same time, whole, and the other one says why not", takesOneOfTwo);

  it("does so, too, where both find what a killed one has left, which goes back before", async () => {
    await putOnTrial(60, 75);
    await device.on("kill $(cat /var/run/homelab-trial/watchdog)");
    await takesOneOfTwo();
    expect(await device.on("uci -q get system.homelab_trial || echo none")).toBe("none");
  });

  it("goes back when somebody commits into a change that waits for its confirmation", async () => {
    await expect(
      inTheWindow(device, declared(TWO), () => device.on("uci set system.homelab_one.text=theirs && uci commit system")),
    ).rejects.toThrow(/took the change back[\s\S]*system\.homelab_one\.text has another value/);
    expect(await device.changed()).toEqual([]);
    expect(await leftovers()).toBe("");
  });

  it("keeps a change that is confirmed although rpcd was restarted in between and forgot it", async () => {
    await inTheWindow(device, declared(TWO), () => device.on("/etc/init.d/rpcd restart; ubus -t 30 wait_for session uci"));
    expect(await device.on("uci get system.homelab_one.text; uci get dhcp.homelab_two.list")).toBe("first\na b");
    expect(await leftovers()).toBe("");
  });

  it("goes back by itself when rpcd forgot the change and nobody comes", async () => {
    await putOnTrial(4, 8);
    await device.on("/etc/init.d/rpcd restart; ubus -t 30 wait_for session uci");
    expect(await device.on("uci get system.homelab_trial")).toBe(TYPE);
    await waitFor("the watchdog has put the file back", 60, async () => ((await leftovers()) === "" ? true : undefined));
    expect(await device.changed()).toEqual([]);
  });

  it("is restored by these tests, whatever they left", async () => {
    await device.on("uci set system.homelab_one=homelab_test; uci commit system; touch /etc/config/homelab_new");
    expect(await device.changed()).toEqual(["homelab_new", "system"]);
    await device.restore();
    expect(await device.changed()).toEqual([]);
  });

  describe.skipIf(own !== undefined)("that is slow", () => {
    it("keeps a change only once the last of its services has it", async ({ skip }) => {
      const reason = await lacksStandIn(routerOf(instance, "apollo"));
      if (reason !== undefined) skip(reason);
      await device.on("echo 2 >/tmp/reload-seconds");
      const rule = { name: "last of all", src: "lan", target: "ACCEPT" };
      const { sections, settings, ...rest } = declared({ "dhcp.homelab_two": { text: "a" }, "firewall.homelab_rule": rule });
      await provider.create({ ...rest, settings, sections: { ...sections, "firewall.homelab_rule": { type: "rule" } } });
      const isInForce = "nft list ruleset | grep -q 'last of all' && echo yes";
      expect(await device.on(`rm /tmp/reload-seconds; ${isInForce}`)).toBe("yes");
    });

    it("keeps a change after which its line to the internet takes a while", async () => {
      // A file stands for the line, which the change cuts off.
      const outage = "until uci -q get system.homelab_one; do sleep 1; done; rm /tmp/line; sleep 7; touch /tmp/line /tmp/back";
      await device.on(`rm -f /tmp/back; touch /tmp/line; (${outage}) >/dev/null 2>&1 &`);
      await provider.create(declared(TWO, { probes: [{ name: "the line is up", command: ["test", "-e", "/tmp/line"] }] }));
      expect(await device.on("ls /tmp/back")).toBe("/tmp/back");
      expect(await leftovers()).toBe("");
    });
  });

  describe.skipIf(own !== undefined)("that others come in at", () => {
    it("lets in by WireGuard who is declared, from the update that installs it on, and nobody else", async ({ skip }) => {
      const reason = await lacksStandIn(routerOf(instance, "apollo"));
      if (reason !== undefined) skip(reason);
      const tunnel = (key: string, more: Partial<UciInputs> = {}) =>
        inputs({
          device: device.target,
          sections: { "network.wg0": { type: "interface" }, "network.phone": { type: "wireguard_wg0" } },
          settings: { "network.wg0.proto": "wireguard", "network.phone.public_key": key },
          software: [{ name: "wireguard-tools" }],
          confirmWithinSeconds: 30,
          ...more,
        });
      const peers = () => device.on("wg show wg0 peers");
      const outs = await outputsOf(tunnel("first"));
      expect(await peers()).toBe("first");
      const next = await outputsOf(tunnel("second"), outs);
      expect(await peers()).toBe("second");
      const probes = [{ name: "it is the second", command: ["sh", "-c", "uci get network.phone.public_key | grep -q second"] }];
      await expect(outputsOf(tunnel("third", { probes, confirmWithinSeconds: 10 }), next)).rejects.toThrow(/it is the second/);
      expect(await peers()).toBe("second");
    });
  });

  describe.skipIf(own !== undefined)("that can be switched off", () => {
    it("has what it had when its power goes in the window, and the update says that it went back", async () => {
      const cut = async () => {
        const router = routerOf(instance, "apollo");
        await cutPower(router);
        await startRouter(instance, "apollo");
      };
      await expect(inTheWindow(device, declared(TWO), cut)).rejects.toThrow(
        /went back to the configuration of before: it was restarted/,
      );
      expect(await device.changed()).toEqual([]);
      expect(await leftovers()).toBe("");
    });
  });
});
