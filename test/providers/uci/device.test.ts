import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Probe } from "../../../providers/uci/inputs.ts";
import { applyCommand, applyInput, confirmCommand, readCommand } from "../../../providers/uci/scripts.ts";
import { FakeDevice } from "./fake-device.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

let device: FakeDevice;
beforeEach(() => {
  device = new FakeDevice();
});
afterEach(() => device.remove());

const NEW = "new network\n";

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

/** Applies a change of the network on trial; returns what the device said. */
function apply({
  id = "t1",
  watch = 60,
  patience = 9,
  found = "old network\n",
  changes = NEW,
  packages = ["network"],
  tunnels = [] as string[],
  probes = [] as Probe[],
} = {}): string {
  const sums = packages.map((name) => (name === "network" ? sha256(found) : undefined));
  const input = applyInput(packages, sums, sha256(changes), NEW);
  // The sums stand with the files' paths, which are elsewhere here.
  const moved = input.replaceAll("  /etc/config/", `  ${device.root}/etc/config/`);
  return device.run(applyCommand(id, 60, watch, patience, packages, { tunnels, probes }), moved);
}

const confirm = (verdict: string, id = "t1", probes: { name: string; command: string[] }[] = [], patience = 0) =>
  device.run(confirmCommand(id, ["network"], probes, patience), verdict);
const network = () => device.read("etc/config/network");

describe("a change on trial", () => {
  it("is kept when it is confirmed, and leaves nothing behind", () => {
    expect(apply()).toContain("== switched");
    expect(network()).toBe(NEW);
    expect(device.leftovers()).toHaveLength(3);
    expect(confirm("confirm\n")).toMatch(/== package network [0-9a-f]{64}\n.*\n== end\n== commit\n== confirmed\n$/);
    expect(network()).toBe(NEW);
    expect(device.leftovers()).toEqual([]);
    expect(device.read("calls")).toContain("session destroy");
  });

  it("is taken back when that is said, and leaves nothing behind", () => {
    apply();
    expect(confirm("revert\n")).toMatch(/== reverted\n$/);
    expect(network()).toBe("old network\n");
    expect(device.leftovers()).toEqual([]);
  });

  it("stays on trial when nothing is said, and somebody else's trial is not confirmed", () => {
    apply();
    expect(confirm("", "t1")).toMatch(/== end\n$/);
    expect(confirm("confirm\n", "t2")).toContain("== gone");
    expect(device.leftovers()).toHaveLength(3);
    expect(confirm("confirm\n")).toContain("== confirmed");
  });

  it("is taken back when its files changed once more before it was confirmed", () => {
    apply();
    const script = confirmCommand("t1", ["network"], [], 0)[2] ?? "";
    const meanwhile = script.replace("read -r verdict", `read -r verdict; echo third >/etc/config/network`);
    expect(device.run(["sh", "-c", meanwhile, "homelab", "t1", "0", "network"], "confirm\n")).toContain("== reverted");
    expect(network()).toBe("old network\n");
    expect(device.read("calls")).not.toContain("uci confirm");
  });

  it("is kept when rpcd was restarted and forgot it, but the files stand", () => {
    apply();
    device.write("forgot", "");
    expect(confirm("confirm\n")).toContain("== confirmed");
    expect(network()).toBe(NEW);
  });

  it("is taken back by the watchdog when rpcd forgot it, and the services are told", async () => {
    device.write("forgot", "");
    apply({ watch: 2 });
    expect(network()).toBe(NEW);
    while (device.leftovers().length > 0) await sleep(100);
    expect(network()).toBe("old network\n");
    expect(device.read("events")).toBe('{"type":"config.change","data":{"package":"network"}}\n');
  });

  it("is taken back at the next boot after a power cut", () => {
    apply({ packages: ["network", "sqm"] });
    device.reboot();
    expect(network()).toBe("old network\n");
    expect(device.read("etc/config/sqm")).toBeUndefined();
    expect(device.leftovers()).toEqual([]);
    expect(confirm("confirm\n")).toContain("== gone");
  });

  it("is not taken back at a boot after it was confirmed", () => {
    apply();
    confirm("confirm\n");
    device.reboot();
    expect(network()).toBe(NEW);
  });

  it("that a killed program left is taken back before the next change, and only then", () => {
    apply();
    device.write("var/run/homelab-trial/watchdog", "999999999\n");
    device.run(readCommand(["network"], [], false));
    expect(network()).toBe(NEW);
    device.run(readCommand(["network"], [], true));
    expect(network()).toBe("old network\n");
    expect(device.leftovers()).toEqual([]);
  });

  it("that a dead program left is tidied up by one of two updates that find it, and what that one then begins stands", async () => {
    apply({ id: "dead" });
    device.write("var/run/homelab-trial/watchdog", "999999999\n");
    for (const who of ["sooner", "later"]) device.write(`hold.${who}`, "");
    const sooner = device.start(readCommand(["network"], [], true), "sooner");
    await until(() => device.read("asked.sooner") !== undefined);
    const later = device.start(readCommand(["network"], [], true), "later");
    // Time enough to find the dead one's, too.
    await sleep(500);
    device.delete("hold.sooner");
    expect(await sooner).toMatch(/== end\n$/);
    expect(network()).toBe("old network\n");
    expect(apply({ id: "sooner" })).toContain("== switched");
    device.delete("hold.later");
    expect(await later).toMatch(/== end\n$/);
    expect(network()).toBe(NEW);
    expect(confirm("confirm\n", "sooner")).toContain("== confirmed");
  });

  it("leaves the lock to nobody: its watchdog lives on, and the next update need not wait for that", () => {
    apply();
    confirm("confirm\n");
    expect(device.run(["sh", "-c", 'flock -n "$ROOT/var/run/homelab-trial.lock" echo free'])).toBe("free\n");
  });

  it("that began when another one's was over is not decided by that one's late confirmation", () => {
    apply();
    const script = confirmCommand("t1", ["network"], [], 0)[2] ?? "";
    const late = script.replace("read -r verdict", `read -r verdict; echo t2 >/var/run/homelab-trial/id`);
    expect(device.run(["sh", "-c", late, "homelab", "t1", "0", "network"], "confirm\n")).toMatch(/== end\n== reverted\n$/);
    expect(network()).toBe(NEW);
    expect(confirm("confirm\n", "t2")).toContain("== confirmed");
  });

  it("says which probes failed", () => {
    apply();
    const said = confirm("revert\n", "t1", [
      { name: "a", command: ["true"] },
      { name: "b", command: ["false"] },
    ]);
    expect(said).toMatch(/== probe 1\n/);
    expect(said).not.toContain("== probe 0");
  });

  it("is not held responsible for what was not so before", () => {
    const whole = { name: "the file is of before", command: ["sh", "-c", 'grep -q old "$ROOT/etc/config/network"'] };
    const line = { name: "the line is up", command: ["sh", "-c", 'echo >>"$ROOT/tries"; [ -e "$ROOT/line" ]'] };
    apply({ probes: [line, whole] });
    const said = confirm("revert\n", "t1", [line, whole]);
    expect(said).toContain("== probe 1\n");
    expect(said).not.toContain("== probe 0");
    expect(device.read("tries"), "asked before, three times, and not again").toBe("\n\n\n");

    device.write("line", "");
    apply({ probes: [line] });
    device.delete("line");
    expect(confirm("revert\n", "t1", [line])).toContain("== probe 0\n");
  });

  it("has its probes tried again and again as long as there is time", () => {
    apply();
    const third = {
      name: "passes at the third try",
      command: ["sh", "-c", 'echo >>"$ROOT/tries"; [ "$(wc -l <"$ROOT/tries")" = 3 ]'],
    };
    expect(confirm("", "t1", [third])).toContain("== probe 0\n");
    expect(confirm("confirm\n", "t1", [third], 30)).toMatch(
      /^== version 1\n== package network .*\n.*\n== end\n== commit\n== confirmed\n$/,
    );
    expect(device.read("tries")).toBe("\n\n\n");
  });

  it("is ready to be judged when no service has been reloaded for a while, one after another", () => {
    device.write("reloading", "no yes no yes yes no no no never\n");
    expect(apply()).toBe(`== staged\n== switched\n${"== waiting\n".repeat(8)}`);
    expect(device.read("reloading")).toBe("never\n");
    expect(confirm("confirm\n")).toContain("== confirmed");
  });

  it("is not judged over a connection from before the services had it", () => {
    apply({ patience: 0 });
    expect(confirm("")).toContain("== unsettled\n== package network");
    spawn("sh", ["-c", `sleep 0.3; touch ${device.root}/var/run/homelab-trial/settled`]);
    expect(confirm("", "t1", [], 60)).toBe("== version 1\n== early\n");
    expect(confirm("confirm\n")).toMatch(/^== version 1\n== package network/);
    expect(device.leftovers()).toEqual([]);
  });
});

describe("a tunnel whose change netifd does not notice", () => {
  const renewed = (text: string) => `reload  ${text}down {"interface":"wg0"} ${text}up {"interface":"wg0"} ${text}`;
  beforeEach(() => device.write("status.interfacewg0", '{"up":true,"autostart":true}'));

  it("is started anew with the change, and not once more when that is kept", () => {
    apply({ tunnels: ["wg0"] });
    expect(device.read("netifd")).toBe(renewed(NEW));
    confirm("confirm\n");
    expect(device.read("netifd")).toBe(renewed(NEW));
  });

  it("is started anew with what was before when the change is taken back", () => {
    apply({ tunnels: ["wg0"] });
    confirm("revert\n");
    expect(device.read("netifd")).toBe(`${renewed(NEW)}${renewed("old network\n")}`);
  });

  it("so, too, when rpcd went back by itself and then the watchdog comes, or the next update after a dead one", async () => {
    apply({ tunnels: ["wg0"], watch: 2 });
    device.run(["sh", "-c", 'ubus -S call uci rollback "{}"']);
    while (device.leftovers().length > 0) await sleep(100);
    expect(device.read("netifd")).toBe(`${renewed(NEW)}${renewed("old network\n")}`);
    device.delete("netifd");
    apply({ tunnels: ["wg0"] });
    device.write("var/run/homelab-trial/watchdog", "999999999\n");
    device.run(readCommand(["network"], [], true));
    expect(device.read("netifd")).toBe(`${renewed(NEW)}${renewed("old network\n")}`);
  });

  it("stays off where somebody has switched it off, and nothing is asked where there is none", () => {
    device.write("status.interfacewg0", '{"up":false,"autostart":false}');
    apply({ tunnels: ["wg0"] });
    expect(device.read("netifd")).toBe(`reload  ${NEW}`);
    confirm("confirm\n");
    device.delete("netifd");
    apply({ found: NEW });
    expect(device.read("netifd")).toBeUndefined();
  });
});

describe("a protocol that came with software", () => {
  const NETIFD = '{"dhcp":{"immediate":false},"static":{"immediate":true}}\n';
  const changes = "network.wg0.proto='wireguard'\nnetwork.wg1.proto='wireguard'\nnetwork.lan.proto='static'\n";
  /** The change is the text of the file then. */
  const applied = (text: string) =>
    device.run(
      applyCommand("t1", 60, 60, 9, ["network"], { tunnels: ["wg9"] }),
      `1 ${sha256(text)}\n${sha256("old network\n")}  ${device.root}/etc/config/network\n${text}`,
    );
  beforeEach(() => {
    device.run(["sh", "-c", 'mkdir -p "$ROOT/lib/netifd/proto" "$ROOT/etc/init.d"']);
    for (const name of ["dhcp.sh", "ppp.sh", "wireguard.sh"]) device.write(`lib/netifd/proto/${name}`, "");
    device.write("etc/init.d/network", '#!/bin/sh\necho "$1" >>"$ROOT/restarts"\n');
    device.run(["sh", "-c", 'chmod +x "$ROOT/etc/init.d/network"']);
  });

  it("has netifd started anew, once, since it looks for protocols only then", async () => {
    device.write("handlers", NETIFD);
    expect(applied(changes)).toContain("== switched\n== waiting\n");
    await until(() => device.read("restarts") !== undefined);
    expect(device.read("restarts")).toBe("restart\n");
    expect(device.read("netifd"), "its tunnels are new then in any case").toBeUndefined();
    expect(confirm("confirm\n")).toContain("== confirmed");
  });

  it.each([
    ["netifd knows it", NETIFD.replace("{", '{"wireguard":{"immediate":false},'), changes],
    ["nothing uses it", NETIFD, "network.lan.proto='static'\nnetwork.lan.proto='wireguardian'\n"],
    ["netifd does not say what it knows", undefined, changes],
  ])("leaves it alone where %s", (_, handlers, text) => {
    if (handlers !== undefined) device.write("handlers", handlers);
    expect(applied(text)).toContain("== switched");
    expect(device.read("restarts")).toBeUndefined();
    expect(device.read("netifd")).toContain("reload");
  });
});

describe("files of before that a power cut left without their script for the next boot", () => {
  beforeEach(() => {
    device.run(["sh", "-c", 'mkdir -p "$ROOT/etc/homelab-trial/files" "$ROOT/etc/homelab-trial/absent"']);
    device.write("etc/homelab-trial/files/wireless", "wireless of before\n");
    device.write("etc/homelab-trial/absent/sqm", "");
    device.write("etc/config/wireless", "wireless of today\n");
    device.write("etc/config/sqm", "sqm of today\n");
  });
  afterEach(() => {
    expect(device.read("etc/config/wireless")).toBe("wireless of today\n");
    expect(device.read("etc/config/sqm")).toBe("sqm of today\n");
    expect(device.leftovers()).toEqual([]);
  });

  it("mean nothing to a change that is refused", () => {
    expect(apply({ found: "other\n" })).toBe("== refused changed\n");
  });

  it("nor to one that is taken back", () => {
    expect(apply()).toContain("== switched");
    expect(confirm("revert\n")).toContain("== reverted");
    expect(network()).toBe("old network\n");
  });

  it("and are removed before the next one where its lock was left", () => {
    device.run(["sh", "-c", 'mkdir -p "$ROOT/var/run/homelab-trial"']);
    device.run(readCommand(["network"], [], true));
  });

  it("but not where there is none: another update may begin its trial in this moment", () => {
    device.run(readCommand(["network"], [], true));
    expect(device.read("etc/homelab-trial/files/wireless")).toBe("wireless of before\n");
    device.run(["sh", "-c", 'rm -r "$ROOT/etc/homelab-trial"']);
  });
});

describe("software that a change needs", () => {
  const prepare = () => device.run(readCommand(["network"], [{ name: "sqm-scripts" }], true));

  it("is installed when nothing stands in the way of the change", () => {
    expect(prepare()).toMatch(/^== software sqm-scripts\n== installed sqm-scripts *$/m);
    expect(prepare()).toMatch(/^== software sqm-scripts\n== package/m);
  });

  it.each<[string, string, string, string]>([
    ["an old release", "etc/openwrt_release", "DISTRIB_RELEASE='21.02.7'\n", "release 21.02.7"],
    ["no OpenWrt", "etc/openwrt_release", "", "release "],
    ["somebody's staged change", "stray", "network.lan.mtu='1400'\n", "staged network cli"],
    ["one of another package, which would be committed with it", "stray", "wireless.x.ssid='x'\n", "staged wireless cli"],
    ["a file that uci cannot read", "unreadable", "", "unreadable network"],
  ])("is not installed where there is %s", (_, path, text, said) => {
    device.write("etc/config/wireless", "wireless\n");
    device.write(path, text);
    expect(prepare()).toContain(`== ${said}\n`);
    expect(device.read("installed")).toBeUndefined();
  });

  it("is not installed while another change is on trial", () => {
    apply();
    expect(prepare()).toContain("== trial\n");
    expect(device.read("installed")).toBeUndefined();
  });
});

describe("a change is refused, with nothing changed and nothing left,", () => {
  const refused = (said: string, word: string) => {
    expect(said.replace(/^== staged\n/, "")).toBe(`== refused ${word}\n`);
    expect(network()).toBe("old network\n");
    expect(device.read("etc/config/sqm")).toBeUndefined();
    expect(device.leftovers()).toEqual([]);
  };

  it("when the files are not those that it was made for", () => refused(apply({ found: "other\n" }), "changed"));

  it("when uci did not take all of it", () => refused(apply({ changes: "less\n", packages: ["network", "sqm"] }), "dropped"));

  it("when uci complains", () => {
    device.write("complaint", "uci: Parse error\n");
    refused(apply(), "batch");
  });

  it("when somebody has staged changes", () => {
    device.write("stray", "network.lan.mtu='1400'\n");
    refused(apply(), "staged");
  });

  it("when rpcd does", () => {
    device.write("code", "2");
    refused(apply(), "apply 2");
  });

  it("when somebody's change waits for its confirmation", () => {
    device.run(["sh", "-c", `mkdir -p "$ROOT/var/run/rpcd/snapshot-files"`]);
    refused(apply(), "pending");
    expect(device.read("calls")).not.toContain("uci apply");
  });

  it("when rpcd has got somebody's in this moment", () => {
    device.write("code", "6");
    refused(apply(), "pending");
  });

  it("when rpcd's copy of the old files is not whole", () => {
    device.write("full", "");
    refused(apply(), "snapshot");
  });

  it("when its probes took so long that the trial is another's by now, which is left alone", () => {
    const late = { name: "takes its time", command: ["sh", "-c", 'echo other >"$ROOT/var/run/homelab-trial/id"'] };
    expect(apply({ probes: [late] })).toBe("== refused busy\n");
    expect(network()).toBe("old network\n");
    expect(device.read("calls")).not.toContain("uci apply");
    expect(device.read("var/run/homelab-trial/id")).toBe("other\n");
  });

  it("while another one is tried, which is left alone", () => {
    apply();
    expect(apply({ id: "t2" })).toBe("== refused busy\n");
    expect(device.run(readCommand(["network"], [], true))).toContain("== trial\n");
    expect(network()).toBe(NEW);
    expect(confirm("confirm\n")).toContain("== confirmed");
  });
});

describe("reading", () => {
  it("changes nothing, and says what is there", () => {
    const before = device.read("etc/config/network");
    const said = device.run(readCommand(["network", "sqm"], [{ name: "sqm-scripts" }], false));
    expect(said).toMatch(/^== version 1\n== release 24\.10\.4\n== connection *\n/);
    expect(said).toContain(`== package network ${sha256(before ?? "")}\n{"values":{}}\n== missing sqm\n== end\n`);
    expect(said).not.toContain("== software");
    expect(device.leftovers()).toEqual([]);
  });

  it("names somebody's pending change, and one that is staged", () => {
    device.run([
      "sh",
      "-c",
      `mkdir -p "$ROOT/var/run/rpcd/snapshot-files" "$ROOT/var/run/rpcd/uci-x"; echo x >"$ROOT/var/run/rpcd/uci-x/network"`,
    ]);
    const said = device.run(readCommand(["network"], [], false));
    expect(said).toContain("== pending\n");
    expect(said).toContain("== staged network session\n");
  });

  it("does not take rpcd's old copies for a pending change: an apply without rollback leaves them", () => {
    device.run(["sh", "-c", `mkdir -p "$ROOT/var/run/rpcd/snapshot-files"`]);
    device.write("var/run/rpcd/snapshot-files/network", "older network\n");
    device.write("forgot", "");
    expect(device.run(readCommand(["network"], [], true))).not.toContain("== pending");
    expect(apply()).toContain("== switched");
    expect(confirm("confirm\n")).toContain("== confirmed");
  });
});
