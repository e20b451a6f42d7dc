import { describe, expect, it } from "vitest";
import { networkSchema, routersSchema } from "../../config/routers-schema.ts";
import { planLab } from "../../lab/plan.ts";
import type { RouterConfig } from "../../lab/routers/model.ts";
import { isStockRule } from "../../lab/routers/stock.ts";
import { type Found, type Home, homeFor } from "../../operations/import-router/search.ts";
import { outside } from "../../policy/listening.ts";
import { UCI_DEVICE } from "../../providers/resource-types.ts";
import { parseReading } from "../../providers/uci/reading.ts";
import { firstLab } from "../lab/fixtures.ts";
import { freshDevice } from "../lab/routers/fresh-device.ts";
import type { FakeUci } from "../providers/uci/fake-uci.ts";

/** What `npm run import-router` makes of a device. */
function imported(device: FakeUci, written: Home = {}): Found {
  const { packages } = parseReading("apollo", device.reading());
  const found = { name: "apollo", address: "192.168.1.1", port: 22, packages };
  return homeFor(planLab(firstLab), written, found, { software: [], secrets: {} });
}

/** What is refused of a home that was imported. */
function refused({ network, routers, part }: Pick<Found, "network" | "routers" | "part">): readonly string[] {
  const read = Object.entries(routersSchema.parse(routers)).map(([name, router]) => [name, { ...router, hostKey: "" }]);
  const home = { network: networkSchema.parse(network), routers: Object.fromEntries(read) as Record<string, RouterConfig> };
  const { sections, settings } = part;
  const apollo = { type: UCI_DEVICE, name: "apollo", inputs: { sections, settings } };
  return outside.resource?.(apollo, { ...planLab(firstLab), config: { ...firstLab, home } }) ?? [];
}

/** OpenWrt's, with somebody's rule beside its own. */
function withRule(options: Readonly<Record<string, string>>): FakeUci {
  const device = freshDevice();
  const lines = Object.entries(options).map(([option, value]) => `set firewall.mine.${option}='${value}'\n`);
  expect(device.batch(`set firewall.mine='rule'\n${lines.join("")}`).errors).toEqual([]);
  return device;
}

const SSH = { name: "Mine", src: "wan", proto: "tcp", dest_port: "22", target: "ACCEPT" };

describe("a router that is imported", () => {
  it("passes with the rules that OpenWrt comes with, all nine", () => {
    const found = imported(freshDevice());
    const rules = Object.values(found.own.sections).filter(({ type }) => type === "rule");
    expect(rules).toHaveLength(9);
    expect(refused(found)).toEqual([]);
  });

  it("passes if its zone says nothing, and the firewall's defaults refuse", () => {
    const device = freshDevice();
    const wan = parseReading("apollo", device.reading()).packages.get("firewall")?.[2]?.id;
    expect(device.batch(`delete firewall.${wan}.forward\n`).errors).toEqual([]);
    expect(refused(imported(device))).toEqual([]);
  });

  it("passes with what is switched off, refuses, or is about what goes out", () => {
    for (const more of [{ enabled: "0" }, { target: "DROP" }, { target: "MARK" }]) {
      expect(refused(imported(withRule({ ...SSH, ...more }))), JSON.stringify(more)).toEqual([]);
    }
    const device = freshDevice();
    device.batch("set firewall.out='nat'\nset firewall.out.src='wan'\nset firewall.out.target='MASQUERADE'\n");
    expect(refused(imported(device))).toEqual([]);
  });

  it("does not with a rule of somebody's, until the reason stands where the refusal says", () => {
    const device = withRule(SSH);
    const found = imported(device);
    expect(refused(found)).toEqual([
      "apollo would let in from outside what nobody declared public (Mine). Remove it, or declare it: `public: <why>` of firewall.mine in homelab:routers.apollo.own.sections (Pulumi.yaml).",
    ]);
    const routers = structuredClone(found.routers) as { apollo: { own: { sections: Record<string, object> } } };
    const { sections } = routers.apollo.own;
    sections["firewall.mine"] = { ...sections["firewall.mine"], public: "my way home" };
    expect(refused({ ...found, routers })).toEqual([]);

    // Another import leaves it there, but not for a rule that is another one by now.
    const again = imported(device, { network: found.network, routers });
    expect(again.routers).toEqual(routers);
    device.batch("set firewall.mine.dest_port='1-65535'\n");
    expect(refused(imported(device, { network: found.network, routers }))).toHaveLength(1);
  });
});

describe("a rule of OpenWrt's own", () => {
  const ping = { name: "Allow-Ping", src: "wan", proto: "icmp", icmp_type: "echo-request", family: "ipv4", target: "ACCEPT" };

  it("is known by what it lets in, and may let in less", () => {
    expect(isStockRule(ping)).toBe(true);
    expect(isStockRule({ ...ping, name: "Ping", src_ip: "192.0.2.1", enabled: "1" })).toBe(true);
  });

  it.each([
    { src: "*" },
    { dest: "lan" },
    { proto: "icmp tcp" },
    { icmp_type: "echo-request redirect" },
    { family: "any" },
    { dest_port: "22", proto: "tcp" },
  ])("and not by its name: with %j", (more) => {
    expect(isStockRule({ ...ping, ...more })).toBe(false);
    expect(refused(imported(withRule({ ...ping, ...more })))).toHaveLength(1);
  });

  it("is not what it is without an option", () => {
    const { icmp_type: _, ...any } = ping;
    expect(isStockRule(any)).toBe(false);
  });
});
