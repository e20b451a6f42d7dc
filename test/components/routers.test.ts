import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { wireguardPrivateKey, wireguardPublicKey, wireguardSharedKey } from "../../lab/routers/keys.ts";
import { flatConfig, ofType, type Run, runProgram } from "./program.ts";

const DEVICE = "pulumi-nodejs:dynamic/homelab:UciDevice";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMAISQbfI9kbSUwUrm/PF1PZv06TabHIbpoLfmNU9uZ8";

/** A home around the Pis of the first lab, with everything that needs a secret. */
const { network, routers } = parse(readFileSync(new URL("home.yaml", import.meta.url), "utf8"));

/** The first lab with that home. */
function withHome(stack: string): Record<string, unknown> {
  const home = { "homelab:network": network, "homelab:routers": routers };
  return {
    ...flatConfig(stack),
    ...home,
    ...(stack === "adama" ? { "homelab:routerKeys": { apollo: HOST_KEY, gaeta: HOST_KEY } } : {}),
  };
}

interface DeviceInputs {
  readonly device: Record<string, unknown>;
  readonly settings: Record<string, unknown>;
  readonly secrets: Record<string, string>;
  readonly released: string;
}

let adama: Run;
let devices: Record<string, DeviceInputs>;
beforeAll(async () => {
  adama = await runProgram("adama", {}, withHome("adama"));
  devices = ofType(adama, DEVICE) as unknown as Record<string, DeviceInputs>;
}, 60_000);

describe("the routers", () => {
  it("belong to the primary stack, one resource each", async () => {
    expect(Object.keys(devices).sort()).toEqual(["apollo", "gaeta"]);
    const starbuck = await runProgram("starbuck", { adama: adama.outputs }, withHome("starbuck"));
    expect(ofType(starbuck, DEVICE)).toEqual({});
    expect(Object.keys(ofType(starbuck, PASSWORD))).toEqual(["copiers"]);
  });

  it("are reached with the key that is pinned, and are told what the plan says", () => {
    const device = { name: "apollo", address: "192.168.1.1", port: 22, hostKey: HOST_KEY, kind: "router" };
    expect(devices.apollo).toMatchObject({ device, released: "remove", confirmWithinSeconds: 20 });
    expect(devices.apollo?.settings).toMatchObject({ "network.lan.ipaddr": "192.168.1.1", "system.system.hostname": "apollo" });
    expect(devices.gaeta?.settings).toMatchObject({ "network.lan.ipaddr": "192.168.1.2", "system.system.hostname": "gaeta" });
  });

  it("are spoken of in the preview while nothing guards the way to them", async () => {
    expect(adama.warnings).toEqual([]);
    const unguarded = { ...routers, gaeta: { ...routers.gaeta, allowManagementPathChange: true } };
    const { warnings } = await runProgram("adama", {}, { ...withHome("adama"), "homelab:routers": unguarded });
    expect(warnings).toEqual([expect.stringMatching(/^gaeta: allowManagementPathChange is set/)]);
  });

  it("are spoken of where somebody has made something there by hand, and not for what OpenWrt brings", async () => {
    const stock = ["network.loopback (interface)", 'firewall: rule "Allow-Ping"', 'network: device "wan"'];
    const found = { apollo: { unmanaged: [...stock, "network.guest (interface)"] }, gaeta: { unmanaged: stock } };
    const { warnings } = await runProgram("adama", {}, withHome("adama"), false, found);
    expect(warnings).toEqual([
      expect.stringMatching(/^apollo has sections that the lab does not know.*: network\.guest \(interface\)\.\n/),
    ]);
  });

  it("come before all that is reached through them, the access points first", () => {
    const order = adama.resources.map(({ name, type }) => (type === DEVICE || name === "preparation" ? name : ""));
    expect(order.filter((name) => name !== "")).toEqual(["gaeta", "apollo", "preparation"]);
  });
});

describe("their secrets", () => {
  it("are made once for both", () => {
    const key = "wireless.home_radio0.key";
    expect(devices.apollo?.secrets[key]).toBe("password wifi.home");
    expect(devices.gaeta?.secrets[key]).toBe("password wifi.home");
    expect(devices.gaeta?.secrets["wireless.crew_radio0.auth_secret"]).toBe("password radius");
    const others = Object.keys(ofType(adama, PASSWORD)).filter((name) => !/^(operator|copiers|backup-)/.test(name));
    expect(others).toHaveLength(4);
  });

  it("are long, and made of letters and digits that a phone can type", () => {
    const { "wifi.home": wifi, ...others } = ofType(adama, PASSWORD);
    expect(wifi).toMatchObject({ length: 20, special: false });
    expect(others.radius).toMatchObject({ length: 64 });
  });

  it("are keys where WireGuard wants keys", () => {
    expect(devices.apollo?.secrets).toMatchObject({
      "network.wg0.private_key": wireguardPrivateKey("password wireguard"),
      "network.peer_phone.preshared_key": wireguardSharedKey("password wireguard.phone"),
    });
    expect(devices.gaeta?.secrets).not.toHaveProperty(["network.wg0.private_key"]);
  });

  it("are given to the person, but for the router's own key", () => {
    const output = adama.outputs.network as Record<string, string>;
    expect(output).toMatchObject({
      "wifi.home": "password wifi.home",
      "wireguard.phone": wireguardSharedKey("password wireguard.phone"),
      wireguardPublicKey: wireguardPublicKey(wireguardPrivateKey("password wireguard")),
    });
    expect(JSON.stringify(output)).not.toContain(wireguardPrivateKey("password wireguard"));
  });

  it("are made for a peer that brings no key, of which the router gets the public one", async () => {
    const { peers, ...wireguard } = network.wireguard;
    const phone = { address: peers.phone.address };
    const config = { ...withHome("adama"), "homelab:network": { ...network, wireguard: { ...wireguard, peers: { phone } } } };
    const run = await runProgram("adama", {}, config);
    const key = wireguardPrivateKey("password wireguard-key.phone");
    const given = ofType(run, DEVICE) as unknown as Record<string, DeviceInputs>;
    expect(given.apollo?.secrets["network.peer_phone.public_key"]).toBe(wireguardPublicKey(key));
    expect(JSON.stringify(given)).not.toContain(key);
    expect(run.outputs.network).toMatchObject({ "wireguard-key.phone": key });
  });

  it("are those that the person gives, and only the others are made", async () => {
    const [key, mesh] = [wireguardPrivateKey("given"), "own.gaeta.wireless.mesh.key"];
    const own = { sections: { "wireless.mesh": { type: "wifi-iface", options: { ssid: "mesh" }, secrets: ["key"] } } };
    const config = {
      ...withHome("adama"),
      "homelab:routers": { ...routers, gaeta: { ...routers.gaeta, own } },
      ...{ "secret:wifi.home": "so say we all", "secret:wireguard": key, [`secret:${mesh}`]: "nothing but the rain" },
    };
    const run = await runProgram("adama", {}, config);
    const made = Object.keys(ofType(run, PASSWORD)).filter((name) => /^(wifi|wireguard|radius|own)/.test(name));
    expect(made.sort()).toEqual(["radius", "wireguard.phone"]);
    const given = ofType(run, DEVICE) as unknown as Record<string, DeviceInputs>;
    expect(given.apollo?.secrets).toMatchObject({ "network.wg0.private_key": key, "wireless.home_radio0.key": "so say we all" });
    expect(given.gaeta?.secrets).toMatchObject({ "wireless.mesh.key": "nothing but the rain" });
    expect(run.outputs.network).toMatchObject({ "wifi.home": "so say we all", wireguardPublicKey: wireguardPublicKey(key) });
    expect(JSON.stringify(run.outputs)).not.toContain("nothing but the rain");
  });

  it("stand in no plain setting", () => {
    const plain = JSON.stringify(Object.values(devices).map(({ settings }) => settings));
    for (const secret of Object.values(devices).flatMap(({ secrets }) => Object.values(secrets))) {
      expect(plain).not.toContain(secret);
    }
  });
});

it("a home that does not fit together is refused before anything is declared", async () => {
  const config = withHome("adama");
  const leases = { printer: { mac: "02:00:5e:10:00:99", address: "192.168.1.20" } };
  await expect(runProgram("adama", {}, { ...config, "homelab:network": { ...network, leases } })).rejects.toThrow(
    /homelab:network\.leases\.printer\.address\n {2}is that of adama too/,
  );
});
