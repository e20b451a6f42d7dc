import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkRouters } from "../../../lab/routers/check.ts";
import type { RoutersConfig } from "../../../lab/routers/model.ts";
import type { Part } from "../../../lab/routers/part.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { danglingReferences } from "../../../lab/routers/references.ts";
import { inputProblems } from "../../../providers/uci/declaration.ts";
import { inputs } from "../../providers/uci/example.ts";
import { apollo, config, gaeta, network, partText, plan } from "./example.ts";

function part(name: string, from: RoutersConfig = config): Part {
  const found = planRouters(plan, from).routers.find((router) => router.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found.part;
}

describe.each(["apollo", "gaeta"])("%s", (name) => {
  it("has, to the letter, what is written down", async () => {
    await expect(partText(part(name))).toMatchFileSnapshot(`generated/${name}.txt`);
  });

  it("refers to nothing that it does not have", () => {
    expect(danglingReferences(part(name))).toEqual([]);
  });

  it("can be sent as it is", () => {
    const { secrets, ...rest } = part(name);
    const known = Object.fromEntries(Object.keys(secrets).map((place) => [place, "a secret"]));
    expect(inputProblems(inputs({ ...rest, secrets: known }))).toEqual([]);
  });

  it("is the same whatever the order in which the configuration is written", () => {
    const turned: RoutersConfig = {
      routers: Object.fromEntries(Object.entries(config.routers).reverse()),
      network: {
        ...config.network,
        vlans: Object.fromEntries(Object.entries(config.network.vlans).reverse()),
        leases: Object.fromEntries(Object.entries(config.network.leases).reverse()),
        wifi: Object.fromEntries(Object.entries(config.network.wifi).reverse()),
      },
    };
    expect(part(name, turned)).toEqual(part(name));
  });
});

describe("the Wi-Fi", () => {
  const wifi = (name: string) => {
    const { settings, sections } = part(name);
    const keys = Object.keys(sections).filter((key) => settings[`${key}.ssid`] !== undefined);
    return keys.map((key) => ["ssid", "encryption", "mobility_domain", "network"].map((option) => settings[`${key}.${option}`]));
  };

  it("is the same at both, so that a phone changes from one to the other", () => {
    expect(wifi("apollo")).toHaveLength(4);
    expect(wifi("gaeta")).toEqual(wifi("apollo"));
    expect(part("gaeta").secrets).toMatchObject({
      "wireless.home_radio0.key": "wifi.home",
      "wireless.crew_radio1.auth_secret": "radius",
    });
  });

  it("of OpenWrt itself, open to everyone, does not come up with the radio", () => {
    for (const radio of ["radio0", "radio1"]) expect(part("apollo").settings[`wireless.default_${radio}.disabled`]).toBe("1");
  });

  it("has no password in the plan", () => {
    expect(
      Object.keys(part("apollo").settings).filter((key) => /\.(key|auth_secret|private_key|preshared_key)$/.test(key)),
    ).toEqual([]);
  });

  it("at 6 GHz lets in only what WPA 3 knows, as hostapd wants it there", () => {
    const radios = { radio2: { band: "6g", channel: 5, mode: "HE80" } } as const;
    const crew = { ...network().wifi.crew, bands: ["5g", "6g"] } as const;
    const wide = {
      network: network({ wifi: { crew } as never }),
      routers: { apollo: apollo({ radios: { ...apollo().radios, ...radios } }) },
    };
    expect(checkRouters(plan, wide)).toEqual([]);
    const { settings } = part("apollo", wide);
    expect(settings).toMatchObject({
      "wireless.crew_radio1.encryption": "wpa3-mixed",
      "wireless.crew_radio1.ieee80211w": "1",
      "wireless.crew_radio2.encryption": "wpa3",
      "wireless.crew_radio2.ieee80211w": "2",
    });
  });

  it("needs no other software without a RADIUS server", () => {
    const { crew: _, ...wifi } = network().wifi;
    const { software } = part("gaeta", { ...config, network: network({ wifi }) });
    expect(software.map(({ name }) => name)).not.toContain("wpad-mbedtls");
  });
});

describe("a home that has no VLANs yet", () => {
  const flat: RoutersConfig = {
    network: network({
      vlans: { lan: { id: 1, kind: "home", subnet: "192.168.1.0/24", pool: { first: 100, last: 249 } } },
      wifi: {},
      leases: {},
      operators: [],
    }),
    routers: { apollo: apollo({ address: "192.168.1.1", ports: { lan1: { untagged: "lan", tagged: [] } } }) },
  };

  it("is OpenWrt's own network, taken over under its names", () => {
    const { settings, sections } = part("apollo", flat);
    expect(settings["network.lan.ipaddr"]).toBe("192.168.1.1");
    expect(settings["firewall.zone_lan.input"]).toBe("ACCEPT");
    expect(sections["firewall.zone_lan"]).toEqual({ type: "zone", match: { name: "lan" } });
    expect(settings["dropbear.main.Interface"]).toBe("lan");
    expect(danglingReferences(part("apollo", flat))).toEqual([]);
  });

  it("gets them while its routers stay where they are, and are reached when they move", () => {
    const lan = { id: 1, kind: "home", subnet: "192.168.1.0/24" } as const;
    const both = network({ vlans: { lan, ...network().vlans }, leases: {}, operators: [] });
    const tagged = Object.keys(network().vlans);
    const ports = { lan1: { untagged: "lan", tagged } };
    const at = (first: string, second: string): RoutersConfig => {
      return { network: both, routers: { apollo: apollo({ address: first, ports }), gaeta: gaeta({ address: second, ports }) } };
    };
    const [before, after] = [at("192.168.1.1", "192.168.1.2"), at("192.168.10.1", "192.168.10.2")];
    for (const config of [before, after]) expect(checkRouters(plan, config)).toEqual([]);
    expect(part("apollo", before).settings["dropbear.main.Interface"]).toBe("lan");
    expect(part("gaeta", before).settings["network.lan.ipaddr"]).toBe("192.168.1.2");
    expect(part("apollo", before).settings).toMatchObject({
      "network.management.ipaddr": "192.168.10.1",
      "firewall.lan_to_management.dest": "management",
    });
    expect(part("gaeta", after).settings).toMatchObject({
      "network.lan.proto": "none",
      "network.management.ipaddr": "192.168.10.2",
    });
  });
});

it("two builders that make the same section are a mistake of ours, found at once", () => {
  const twice = {
    ...config,
    network: network({ leases: { "a-b": config.network.leases.adama, "a.b": config.network.leases.laptop } as never }),
  };
  expect(() => planRouters(plan, twice)).toThrow(/made twice/);
});

it("a Pi that is to move is called by its name where it is, and has a lease where it will be", () => {
  const leases = { ...network().leases, adama: { mac: "02:00:5e:10:00:0a", address: "192.168.20.99" } };
  const { settings } = part("apollo", { ...config, network: network({ leases }) });
  const { domain } = plan.config;
  const key = Object.keys(settings).find((place) => settings[place] === `adama.${domain}`) ?? "";
  expect(settings[key.replace(/name$/, "ip")]).toBe("192.168.20.10");
  expect(settings["dhcp.lease_adama.ip"]).toBe("192.168.20.99");
});

it("the check of dnsmasq's configuration leaves out what OpenWrt is just writing", () => {
  const folder = mkdtempSync(join(tmpdir(), "dnsmasq-"));
  const probe = part("apollo").probes.find(({ name }) => name.includes("dnsmasq"));
  const text = String(probe?.command[2]).replace("/var/etc", folder).replace("dnsmasq --test -C", "grep -q good");
  const passes = () => spawnSync("sh", ["-c", text]).status === 0;
  writeFileSync(join(folder, "dnsmasq.conf.cfg01411c"), "good");
  writeFileSync(join(folder, "dnsmasq.conf.cfg01411c.2749"), "");
  expect(passes()).toBe(true);
  writeFileSync(join(folder, "dnsmasq.conf.dnsmasq"), "");
  expect(passes()).toBe(false);
  rmSync(folder, { recursive: true });
});

it.each([
  ["by IPv4", true, "default via 100.64.0.1 dev wan", ""],
  ["by IPv6 alone", true, "", "default from 2001:db8::/56 via fe80::1 dev wan  metric 512"],
  ["nowhere", false, "", ""],
  ["nowhere, and says so", false, "", "unreachable default dev lo  metric -1"],
])("the check of the way to the internet finds one %s", (_, isThere, ipv4, ipv6) => {
  const probe = part("gaeta").probes.find(({ name }) => name.includes("internet"));
  const ip = `ip() { if [ "$1" = -6 ]; then echo "${ipv6}"; else echo "${ipv4}"; fi; }`;
  expect(spawnSync("sh", ["-c", `${ip}\n${probe?.command[2]}`]).status === 0).toBe(isThere);
});

it("gaeta routes nothing and gives no addresses", () => {
  const { sections, settings } = part("gaeta");
  const types = Object.values(sections).map(({ type }) => type);
  expect(types).not.toContain("forwarding");
  expect(types).not.toContain("redirect");
  expect(settings["dhcp.management.ignore"]).toBe("1");
  expect(settings["network.management.gateway"]).toBe("192.168.10.1");
  expect(settings["network.users.proto"]).toBe("none");
  expect(gaeta().wan).toBeUndefined();
});
