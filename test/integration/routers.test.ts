import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt } from "../../operations/shell.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { countSsh } from "../../rehearsal/simulation/ssh-log.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { sharedLab } from "../support/lab.ts";
import { failedUp, preview, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";
import { filesOfPulumi } from "./secrets.ts";

/*
 * The routers of the lab, by the real engine. Only what belongs to the home network is looked at and applied here: the Pis are the
 * other files' business.
 */

const STACK = "adama";
/** The engine always wants the docker plugin's provider too, and what that stands on: the Pi's settings, with their certificates. */
const HOME = [
  ...["**HomeNetwork**", "**CertificateAuthority**", "**components:Host::adama", "**::preparation"],
  ...["**components:Host$tls:**", "**components:Host$pulumi-nodejs:dynamic/homelab:HostDirectory::**"],
].flatMap((urn) => ["--target", urn]);
const UP = ["up", "--yes", "--skip-preview", "--stack", STACK, ...HOME];
const PREVIEW = ["preview", "--stack", STACK, ...HOME];

let lab: Lab;
const started = Date.now();
beforeAll(async () => {
  lab = await sharedLab();
  await lab.addRouters();
}, UP_TIMEOUT);

afterAll(async () => {
  lab.resetConfig();
  await lab.up(STACK, ...HOME);
  await lab.removeRouters();
}, TEST_TIMEOUT);

/** Runs Pulumi, which has to succeed; how many sessions each router saw, and what was printed. */
async function run(...args: readonly string[]): Promise<{ sessions: Readonly<Record<string, number>>; text: string }> {
  const { result, calls } = await countSsh(lab, args);
  expect(result.status, `${result.stdout}\n${result.stderr}`).toBe(0);
  const count = (address: string) => calls.filter((call) => call.address === address).length;
  const sessions = Object.fromEntries(lab.instance.routers.map(({ name, address }) => [name, count(address)]));
  return { sessions, text: result.stdout };
}

/** Changes one value of a router or the network in the lab's `Pulumi.yaml`. */
function set(key: "network" | "routers", path: readonly string[], value: unknown): void {
  lab.editProject((document) => {
    document.setIn(["config", `homelab:${key}`, "value", ...path], document.createNode(value));
  });
}

const changes = () => preview(lab, STACK, ...HOME);

describe("routers fresh from their boxes", () => {
  it("are set up by one transaction each", { timeout: TEST_TIMEOUT }, async () => {
    expect((await run(...UP)).sessions).toEqual({ apollo: 3, gaeta: 3 });
    for (const { name, address } of lab.instance.routers) {
      expect(await lab.onRouter(name, "uci get system.system.hostname; uci get network.lan.ipaddr")).toBe(`${name}\n${address}`);
      expect(await lab.onRouter(name, "uci changes; ls -d /var/run/homelab-trial /etc/homelab-trial 2>/dev/null; true")).toBe("");
    }
    const names = await lab.onRouter("apollo", "uci show dhcp | grep =domain | wc -l");
    expect(Number(names)).toBeGreaterThan(lab.plan().workloads.length);
  });

  it("are then as declared: nothing to do, and no session to find that out", { timeout: TEST_TIMEOUT }, async () => {
    const plain = await run(...PREVIEW, "--expect-no-changes");
    expect(plain.sessions).toEqual({ apollo: 0, gaeta: 0 });
    const refreshed = await run(...PREVIEW, "--refresh", "--expect-no-changes");
    expect(refreshed.sessions).toEqual({ apollo: 1, gaeta: 1 });
  });
});

describe("a change", () => {
  it("is shown option by option, and costs three sessions on the router that it is for", { timeout: TEST_TIMEOUT }, async () => {
    const address = lab.instance.subnet.replace("0/24", "31");
    set("network", ["leases", "printer"], { mac: "02:00:5e:10:00:31", address });
    set("network", ["vlans", "lan", "pool"], "120-199");
    const text = await changes();
    expect(text).toMatch(/\+ dhcp\.lease_printer\.ip *: "[\d.]+\.31"/);
    expect(text).toMatch(/~ dhcp\.lan\.start *: "100" => "120"/);
    expect((await run(...UP)).sessions).toEqual({ apollo: 3, gaeta: 0 });
    expect(await lab.onRouter("apollo", "uci get dhcp.lease_printer.ip; uci get dhcp.lan.start")).toBe(`${address}\n120`);
  });

  it("made by hand is shown with both values, and put right", { timeout: TEST_TIMEOUT }, async () => {
    await lab.onRouter("apollo", "uci set dhcp.lan.start=150 && uci commit dhcp");
    expect(await preview(lab, STACK, "--refresh", ...HOME)).toMatch(/~ dhcp\.lan\.start *: "150" => "120"/);
    await run(...UP, "--refresh");
    expect(await lab.onRouter("apollo", "uci get dhcp.lan.start")).toBe("120");
  });
});

describe("a change that cuts the connection", () => {
  const apollo = (option: string) => ["apollo", ...option.split(".")];

  it("is refused, unless it is meant", { timeout: TEST_TIMEOUT }, async () => {
    set("routers", apollo("allowManagementPathChange"), false);
    set("routers", apollo("ports.lan1"), { tagged: ["lan"] });
    expect(await changes()).toMatch(/interrupts *: .*connections through the device \(network\.vlan1\.ports\)/);
    const text = await failedUp(lab, STACK, ...HOME);
    expect(text).toContain("apollo: nothing was changed: the change would take away the path that it is made over");
    expect(text).toContain("VLAN 1 on br-lan lose lan1:u*");
  });

  it("is taken back by the router, which the update says, and the next preview still shows it", {
    timeout: TEST_TIMEOUT,
  }, async () => {
    set("routers", apollo("allowManagementPathChange"), true);
    const text = await failedUp(lab, STACK, ...HOME);
    expect(text).toContain("apollo could not be reached after the change");
    expect(text).toContain("It has gone back by itself");
    expect(text).toContain("network.vlan1.ports: lan1:u*, lan2:u* → lan1:t, lan2:u*");
    expect(await lab.onRouter("apollo", "uci get network.vlan1.ports")).toBe("lan1:u* lan2:u*");
    expect(await changes()).toMatch(/network\.vlan1\.ports/);
    set("routers", apollo("ports.lan1"), { untagged: "lan" });
    expect(await changes()).not.toMatch(/network\.vlan1\.ports/);
  });
});

it("their secrets stand nowhere in clear: not in previews, state, history or logs", { timeout: TEST_TIMEOUT }, async () => {
  const output = await lab.pulumi(["stack", "output", "network", "--show-secrets", "--json", "--stack", STACK]);
  const given: Record<string, string> = JSON.parse(output.stdout);
  const { wireguardPublicKey, ...known } = given;
  expect(Object.keys(known).sort()).toEqual(["wifi.home", "wireguard.phone"]);
  expect(await lab.onRouter("gaeta", "uci get wireless.home_radio0.key")).toBe(known["wifi.home"]);
  const secrets = [...Object.values(known), await lab.onRouter("apollo", "uci get network.wg0.private_key")];
  set("network", ["wifi", "more"], { ssid: "pegasus", vlan: "lan" });
  const texts = [...filesOfPulumi(lab, started), ["preview", await changes()] as const];
  expect(texts.some(([, text]) => text.includes(String(wireguardPublicKey)))).toBe(false);
  const leaks = texts.filter(([, text]) => secrets.some((secret) => text.includes(secret))).map(([place]) => place);
  expect(leaks).toEqual([]);
});

it("a router that is no longer declared keeps what it has, and is not even asked", { timeout: TEST_TIMEOUT }, async () => {
  lab.resetConfig();
  expect((await run(...UP)).sessions).toEqual({ apollo: 0, gaeta: 0 });
  expect(await lab.onRouter("apollo", "uci get system.system.hostname")).toBe("apollo");
});

describe("routers that are in use", () => {
  const PASSPHRASE = "nothing but the rain";
  const importRouter = (name: string, ...address: readonly string[]) =>
    attempt(process.execPath, [join(repository, "operations", "import-router.ts"), name, ...address], {
      cwd: lab.instance.project,
      env: lab.env,
    });
  /** All that a router has, in order, but for the names of sections. */
  const allOf = async (name: string) =>
    await lab.onRouter(
      name,
      "cd /etc/config && for file in *; do echo $file; sed '/^$/d; s/^\\(config [^ ]*\\).*/\\1/' $file; done",
    );

  it("are imported: from then on they are as declared, and nothing on them has changed but names", {
    timeout: TEST_TIMEOUT,
  }, async () => {
    lab.resetConfig();
    await lab.removeRouters();
    lab.pinRouterKeys();
    lab.editStack(STACK, (document) => document.deleteIn(["config", "homelab:routerKeys", "gaeta"]));
    await lab.switchOnRouter("apollo");
    const address = (host: number) => lab.instance.subnet.replace("0/24", String(host));
    const used = [
      ...["set system.@system[0].zonename='Europe/Berlin'", "set network.lan.mtu='1400'", "set dhcp.lan.limit='50'"],
      ...["add dhcp host", "set dhcp.@host[-1].name='printer'", `set dhcp.@host[-1].ip='${address(31)}'`],
      ...["set dhcp.@host[-1].mac='02:00:5E:10:00:31'", "set dhcp.@host[-1].tag='it''s'"],
      ...["set wireless.radio0.disabled='0'", "set wireless.radio0.country='DE'", "set wireless.default_radio0.ssid='Galactica'"],
      ...[
        "set wireless.default_radio0.encryption='psk2'",
        `set wireless.default_radio0.key='${PASSPHRASE}'`,
        "add firewall redirect",
      ],
      ...[
        "set firewall.@redirect[-1].name='print'",
        "set firewall.@redirect[-1].src='wan'",
        "set firewall.@redirect[-1].dest='lan'",
      ],
      ...["set firewall.@redirect[-1].src_dport='631'", `set firewall.@redirect[-1].dest_ip='${address(31)}'`, "commit"],
    ].join("\n");
    await lab.onRouter("apollo", `uci batch <<'END'\n${used}\nEND`);
    const before = await allOf("apollo");

    const apollo = lab.instance.routers.find(({ name }) => name === "apollo");
    const { status, stdout, stderr } = await importRouter("apollo", apollo?.address ?? "");
    expect(`${status} ${stderr}`).toBe("0 ");
    expect(stdout).toMatch(/The first up notes all of it, gives \d+ sections a name and changes nothing else on apollo/);
    const { config } = lab.plan();
    expect(config.home?.network.leases).toEqual({ printer: { mac: "02:00:5e:10:00:31", address: address(31) } });
    expect(config.home?.network.wifi).toMatchObject({ galactica: { vlan: "lan", security: "wpa2", bands: ["2g"] } });
    expect(config.home?.network.forwards).toMatchObject({ print: { port: 631, host: "printer" } });
    // OpenWrt's own rules are sections of the router's own now, and no policy refuses them.
    const asked = await lab.operation("preview", ["--stack", STACK]);
    expect(asked.stdout).not.toContain("Refused");
    expect(asked.status, asked.stdout).toBe(0);

    await run(...UP);
    expect(await allOf("apollo")).toBe(before);
    const anonymous = await lab.onRouter("apollo", "uci show | grep -c '@.*=' || true");
    expect(anonymous, "all have names by now").toBe("0");
    expect((await run(...PREVIEW, "--expect-no-changes")).sessions).toEqual({ apollo: 0, gaeta: 0 });
    expect((await run(...PREVIEW, "--refresh", "--expect-no-changes")).sessions).toEqual({ apollo: 1, gaeta: 0 });
    const files = ["Pulumi.yaml", "Pulumi.adama.yaml"].map(
      (file) => [file, readFileSync(join(lab.instance.project, file), "utf8")] as const,
    );
    const leaks = [...files, ...filesOfPulumi(lab, started)].filter(([, text]) => text.includes(PASSPHRASE));
    expect(leaks.map(([place]) => place)).toEqual([]);
  });

  it("and once more after somebody changed them by hand: what was known is as declared at once, what is new after an up", {
    timeout: TEST_TIMEOUT,
  }, async () => {
    await lab.onRouter("apollo", "uci set dhcp.lan.limit=60; uci commit");
    expect((await importRouter("apollo")).status).toBe(0);
    await run(...PREVIEW, "--refresh", "--expect-no-changes");
    await lab.onRouter("apollo", "uci set network.guests=interface; uci set network.guests.proto=none; uci commit");
    expect((await importRouter("apollo")).status).toBe(0);
    const before = await allOf("apollo");
    expect((await run(...UP, "--refresh")).sessions).toEqual({ apollo: 2, gaeta: 0 });
    expect(await allOf("apollo")).toBe(before);
    await run(...PREVIEW, "--refresh", "--expect-no-changes");
    expect(lab.plan().config.home?.network.wifi).toHaveProperty("galactica");
  });
});
