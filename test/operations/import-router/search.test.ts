import { describe, expect, it } from "vitest";
import { planLab } from "../../../lab/plan.ts";
import type { NetworkConfig, RouterConfig } from "../../../lab/routers/model.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { type Home, homeFor } from "../../../operations/import-router/search.ts";
import { planChange } from "../../../providers/uci/diff.ts";
import type { Value } from "../../../providers/uci/model.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { renderBatch } from "../../../providers/uci/render.ts";
import { firstLab } from "../../lab/fixtures.ts";
import { config, gaeta, plan } from "../../lab/routers/example.ts";
import { router } from "../../providers/uci/example.ts";
import { FakeUci } from "../../providers/uci/fake-uci.ts";

const read = (fake: FakeUci) => parseReading("apollo", fake.reading()).packages;
const NOTHING = { software: [], secrets: {} };

/** The device that a part makes, with values for its secrets. */
function made(name: string, secrets: Readonly<Record<string, string>>): FakeUci {
  const part = planRouters(plan, config).routers.find((one) => one.name === name)?.part;
  const packages: Record<string, { name: string; type: string; options: Record<string, Value> }[]> = {};
  for (const [key, { type }] of Object.entries(part?.sections ?? {})) {
    const [packageName = "", id = ""] = key.split(".");
    const values = [
      ...Object.entries(part?.settings ?? {}),
      ...Object.entries(part?.secrets ?? {}).map(([place, secret]): [string, string] => [place, secrets[secret] ?? ""]),
    ];
    const options = values.filter(([place, value]) => place.startsWith(`${key}.`) && value.length > 0);
    const own = Object.fromEntries(options.map(([place, value]) => [place.slice(key.length + 1), value]));
    packages[packageName] = [...(packages[packageName] ?? []), { name: id, type, options: own }];
  }
  return new FakeUci(packages);
}

const software = planRouters(plan, config).routers.flatMap(({ part }) => part.software.map(({ name }) => name));
const keys = {
  "wifi.home": "so say we all",
  "wifi.things": "nothing but the rain",
  radius: "r4d1us",
  wireguard: "4ABnXkWbkEYeP2PMFJGdjWpFeMoYPTTHLXSoqcaEBWM=",
  "wireguard.phone": "aPxGwq8zERHQ3Q1cOZFdJ+cvJX5Ka4mLN38AyYKYF10=",
};

describe("a router in use that nothing is written about", () => {
  const found = homeFor(
    planLab(firstLab),
    {},
    { name: "apollo", address: "192.168.1.1", port: 22, packages: read(router()) },
    NOTHING,
  );
  const network = found.network as NetworkConfig;

  it("gives a network in the configuration's words", () => {
    expect(network.vlans).toEqual({ lan: { id: 1, kind: "home", subnet: "192.168.1.0/24", pool: "100-249" } });
    expect(Object.keys(network.leases)).toEqual(["starbuck", "printer"]);
    expect(network.leases.starbuck).toEqual({ mac: "02:00:5E:10:00:0B", address: "192.168.1.3" });
    expect((found.routers.apollo as RouterConfig).role).toBe("router");
  });

  it("and what these do not say as its own, with the names that sections without one are to get", () => {
    const { sections, without } = found.own;
    expect(sections["dhcp.dnsmasq"]?.options).toMatchObject({ domain: "lan", server: ["9.9.9.9"] });
    expect(sections["network.lan"]?.options).toEqual({ ip6assign: "60" });
    expect(without).toContain("dhcp.dnsmasq.local");
    expect(without).toContain("system.system");
    expect(found.named).toBeGreaterThan(5);
    expect(Object.keys(found.part.sections).filter((key) => /\.cfg/.test(key))).toEqual([]);
  });

  it("and, once it has these names, the same again", () => {
    const device = router();
    const declared = { ...found.part, secrets: {}, released: "remove" } as const;
    device.batch(renderBatch(planChange(read(device), {}, declared).operations));
    const again = homeFor(
      planLab(firstLab),
      { network: found.network, routers: found.routers },
      { name: "apollo", address: "192.168.1.1", port: 22, packages: read(device) },
      NOTHING,
    );
    expect(again.routers).toEqual(found.routers);
    expect(again.part).toEqual(found.part);
    expect(again.named).toBe(0);
  });

  it("leaves alone, and says so, what names something that is not there", () => {
    expect(found.left).toContainEqual(expect.stringMatching(/^wireless\.default_radio0: names what is not there \(.*radio0\)/));
    expect(found.left.join()).not.toContain("correct horse");
  });
});

describe("secrets of a router, whatever they are in", () => {
  const device = new FakeUci({
    acme: [
      { name: "cert", type: "cert", options: { credentials: ["CF_Token='hunter2-a'", "CF_Zone=x"], domains: ["home.example"] } },
      { name: "other", type: "cert", options: { opts: ["--email", "--token=hunter2-b"], api_key: "hunter2-c" } },
    ],
    ddns: [
      {
        type: "service",
        options: {
          url: "https://me:hunter2-d@example.org/",
          note: ["password: hunter2-e"],
          param: "api_key=hunter2-f",
          ping: ["1"],
        },
      },
    ],
  });
  const found = homeFor(
    planLab(firstLab),
    {},
    { name: "apollo", address: "192.168.1.1", port: 22, packages: read(device) },
    NOTHING,
  );

  it("go encrypted where they are texts, by the option's name or by what stands in it", () => {
    const [service = ""] = Object.keys(found.own.sections).filter((key) => key.startsWith("ddns."));
    expect(found.secrets).toEqual({
      "own.apollo.acme.other.api_key": "hunter2-c",
      [`own.apollo.${service}.url`]: "https://me:hunter2-d@example.org/",
      [`own.apollo.${service}.param`]: "api_key=hunter2-f",
    });
    expect(found.own.sections[service]?.options).toEqual({ ping: ["1"] });
  });

  it("stay on the router where they are in lists, which are named", () => {
    expect(found.left).toEqual([
      "acme.cert.credentials: is a list with a secret, and only a text goes encrypted",
      "acme.other.opts: is a list with a secret, and only a text goes encrypted",
      "ddns.@service[0].note: is a list with a secret, and only a text goes encrypted",
    ]);
    expect(found.own.sections["acme.cert"]?.options).toEqual({ domains: ["home.example"] });
  });

  it("stand nowhere in clear", () => {
    expect(JSON.stringify([found.network, found.routers, found.left])).not.toContain("hunter2");
  });

  it("stay on the router in place of what the plan has there, too", () => {
    const changed = made("gaeta", keys);
    changed.batch("delete wireless.home_radio0.key\nadd_list wireless.home_radio0.key='hunter2-g'\n");
    const written: Home = { network: written20(), routers: { apollo: rawRouter("apollo"), gaeta: rawRouter("gaeta") } };
    const packages = read(changed);
    const own = homeFor(
      plan,
      written,
      { name: "gaeta", address: "192.168.10.2", port: 22, packages },
      { software, secrets: keys },
    );
    expect(own.own).toMatchObject({ sections: {}, without: ["wireless.home_radio0.key"] });
    expect(own.left).toEqual([expect.stringMatching(/^wireless\.home_radio0\.key: is a list with a secret/)]);
    expect(JSON.stringify(own.routers)).not.toContain("hunter2");
  });
});

describe("a router that this program set up", () => {
  it.each(["apollo", "gaeta"])("%s: has nothing of its own, and no name to give", (name) => {
    const written: Home = { network: written20(), routers: { apollo: rawRouter("apollo"), gaeta: rawRouter("gaeta") } };
    const address = config.routers[name]?.address ?? "";
    const device = { name, address, port: 22, packages: read(made(name, keys)) };
    const found = homeFor(plan, written, device, { software, secrets: keys });
    expect(found.own).toEqual({ software: [], sections: {}, order: {}, without: [] });
    expect([found.named, found.left, found.secrets, found.problems]).toEqual([0, [], {}, []]);
    expect(found.network).toEqual(written.network);
  });

  it("and changed by hand: says what differs in the configuration's words or as its own, and gives its secrets", () => {
    const device = made("gaeta", keys);
    device.batch(
      "set wireless.home_radio0.key='changed by hand'\nset wireless.radio0.channel='11'\nset wireless.radio0.txpower='17'\n",
    );
    const written: Home = { network: written20(), routers: { apollo: rawRouter("apollo"), gaeta: rawRouter("gaeta") } };
    const found = homeFor(
      plan,
      written,
      { name: "gaeta", address: "192.168.10.2", port: 22, packages: read(device) },
      { software, secrets: keys },
    );
    expect(found.own.sections).toEqual({
      "wireless.radio0": { type: "wifi-device", options: { channel: "11", txpower: "17" }, secrets: [] },
      "wireless.home_radio0": { type: "wifi-iface", options: {}, secrets: ["key"] },
    });
    expect(found.secrets).toEqual({ "own.gaeta.wireless.home_radio0.key": "changed by hand" });
    expect(found.own.without).toEqual([]);
  });

  it("from nothing: its secrets get the names that all devices share, and its leases, Wi-Fis and peers are found", () => {
    const device = { name: "apollo", address: "192.168.10.1", port: 22, packages: read(made("apollo", keys)) };
    const found = homeFor(plan, {}, device, { software, secrets: {} });
    const network = found.network as NetworkConfig;
    const kinds = Object.entries(network.vlans).map(([name, { id, kind }]) => `${name} ${id} ${kind}`);
    expect(kinds).toEqual([
      "management 10 management",
      "servers 20 servers",
      "users 30 users",
      "iot 40 iot",
      "storage 50 storage",
    ]);
    expect(Object.keys(network.leases).sort()).toEqual(["adama", "laptop", "starbuck"]);
    expect(
      Object.values(network.wifi)
        .map(({ ssid, security }) => `${ssid} ${security}`)
        .sort(),
    ).toEqual(["Adama's things wpa2", "galactica wpa2-wpa3", "galactica-crew enterprise"]);
    expect(network.wireguard?.peers).toHaveProperty("phone");
    expect(found.secrets).toEqual(keys);
    expect(found.problems).toEqual([]);
  });

  it("another router of the same network: what would change the first is its own", () => {
    const device = made("gaeta", keys);
    device.batch(
      "set wireless.more='wifi-iface'\nset wireless.more.device='radio0'\nset wireless.more.mode='ap'\nset wireless.more.ssid='pegasus'\nset wireless.more.network='users'\nset wireless.more.encryption='none'\n",
    );
    const written: Home = { network: written20(), routers: { apollo: rawRouter("apollo") } };
    const found = homeFor(
      plan,
      written,
      { name: "gaeta", address: "192.168.10.2", port: 22, packages: read(device) },
      { software, secrets: keys },
    );
    expect(found.network).toEqual(written.network);
    expect(found.own.sections["wireless.more"]?.options).toMatchObject({ ssid: "pegasus" });
    expect((found.routers.gaeta as RouterConfig).radios).toEqual(gaeta().radios);
  });
});

/** The example's network as it is written. */
function written20(): Readonly<Record<string, unknown>> {
  const { vlans, ...rest } = config.network;
  const written = Object.entries(vlans).map(([name, { pool, ...vlan }]) => [
    name,
    pool ? { ...vlan, pool: `${pool.first}-${pool.last}` } : vlan,
  ]);
  return { ...rest, vlans: Object.fromEntries(written) };
}

function rawRouter(name: string): Readonly<Record<string, unknown>> {
  const { hostKey: _, ...rest } = config.routers[name] as RouterConfig;
  return rest;
}
