import { describe, expect, it } from "vitest";
import { type Access, accessesOf, REACHES } from "../../../lab/routers/access.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { config, gaeta, network, plan } from "./example.ts";

const all = accessesOf(plan, config);

/** Whether an exception lets something through. */
function lets(from: string, to: string, port: number, address?: string): boolean {
  return all.some(
    (access: Access) =>
      access.from.zone === from &&
      access.to.zone === to &&
      (access.port === undefined || access.port === port) &&
      (access.from.address === undefined || access.from.address === address),
  );
}

describe("who may talk to whom", () => {
  it("operators ssh into routers and Pis, at home and away, and nobody else does", () => {
    for (const [zone, address] of [
      ["users", "192.168.30.10"],
      ["remote", "192.168.60.2"],
    ] as const) {
      expect(lets(zone, "servers", 22, address)).toBe(true);
      expect(lets(zone, "router", 22, address)).toBe(true);
      expect(lets(zone, "management", 22, address)).toBe(true);
    }
    for (const zone of ["users", "iot", "remote", "servers", "management"]) {
      for (const target of ["servers", "router", "management"]) expect(lets(zone, target, 22, "192.168.99.99")).toBe(false);
    }
  });

  it("people reach the pages, and things the broker and nothing else of the lab", () => {
    expect(lets("users", "servers", 443)).toBe(true);
    expect(lets("remote", "servers", 443)).toBe(true);
    expect(lets("iot", "servers", 8883)).toBe(true);
    expect(lets("iot", "servers", 443)).toBe(false);
    expect(lets("users", "servers", 9090)).toBe(false);
  });

  it("servers get out only to what is written down", () => {
    const out = all.filter(({ from, to }) => from.zone === "servers" && to.zone === "wan");
    expect(out.map(({ reason, port }) => `${reason} ${port}`)).toEqual([
      "servers: backups to the remote 22",
      "servers: images from registries 443",
    ]);
    expect(REACHES.servers).toEqual([]);
  });

  it("Prometheus reads the routers' metrics, and access points reach logs and RADIUS", () => {
    expect(lets("servers", "router", 9100, "192.168.20.11")).toBe(true);
    expect(lets("servers", "management", 9100, "192.168.20.11")).toBe(true);
    expect(lets("servers", "router", 9100, "192.168.20.10")).toBe(false);
    expect(lets("management", "servers", 1812, "192.168.10.2")).toBe(true);
    expect(lets("management", "servers", 1514, "192.168.10.2")).toBe(true);
  });

  it("access points fetch packages and ask the router for the time: out of the management network nothing else gets", () => {
    const out = all.filter(({ from, to }) => from.zone === "management" && to.zone === "wan");
    expect(out).toEqual([expect.objectContaining({ from: { zone: "management", address: "192.168.10.2" }, port: 443 })]);
    const gaeta = planRouters(plan, config).routers.find(({ name }) => name === "gaeta");
    expect(gaeta?.part.settings["system.ntp.server"]).toEqual(["192.168.10.1"]);
  });

  it("things get to no other network, and nobody to the things but Home Assistant", () => {
    expect(all.filter(({ from, to }) => from.zone === "iot" && to.zone !== "servers")).toEqual([]);
    expect(all.filter(({ to }) => to.zone === "iot")).toEqual([]);
    const host = plan.workloads.find(({ name }) => name === "mosquitto");
    if (!host) throw new Error("no broker");
    const assistant = { ...plan, workloads: [...plan.workloads, { ...host, name: "home-assistant" }] };
    expect(accessesOf(assistant, config).filter(({ to }) => to.zone === "iot")).toEqual([
      {
        reason: "Home Assistant to devices in iot",
        from: { zone: "servers", address: "192.168.20.10" },
        to: { zone: "iot" },
        protocols: ["tcp", "udp"],
      },
    ]);
  });

  it("storage is not routed: it has no zone, and nobody gets in or out", () => {
    expect(all.filter(({ from, to }) => [from.zone, to.zone].includes("storage"))).toEqual([]);
    const { sections } = planRouters(plan, config).routers.find(({ name }) => name === "apollo")?.part ?? { sections: {} };
    expect(Object.keys(sections)).not.toContain("firewall.zone_storage");
  });

  it("where a network as a whole may, no exception says so once more", () => {
    const vlans = { ...network().vlans, lan: { id: 1, kind: "home", subnet: "192.168.1.0/24" } } as const;
    const moving = {
      ...config,
      network: network({ vlans }),
      routers: { ...config.routers, gaeta: gaeta({ address: "192.168.1.2" }) },
    };
    expect(accessesOf(plan, moving).filter(({ from }) => from.zone === "lan")).toEqual([]);
  });

  it("nothing is let through without a reason, and no reason stands twice", () => {
    const reasons = all.map(({ reason }) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
    expect(reasons.every((reason) => reason.length > 5)).toBe(true);
  });

  it("reasons may be in any script, and the same for two", () => {
    const outwards = {
      web: { reason: "обновления", protocol: "tcp", port: 80 },
      "web-tls": { reason: "обновления", protocol: "tcp", port: 443 },
      copies: { reason: "копии", protocol: "tcp", port: 22 },
    } as const;
    const { routers } = planRouters(plan, { ...config, network: network({ outwards }) });
    const apollo = routers.find(({ name }) => name === "apollo");
    if (!apollo) throw new Error("no apollo");
    const { sections, settings } = apollo.part;
    const names = Object.keys(sections).filter((key) => key.startsWith("firewall.allow_outward_"));
    expect(names.map((key) => [key, settings[`${key}.name`], settings[`${key}.dest_port`]])).toEqual([
      ["firewall.allow_outward_servers_copies", "servers: копии", "22"],
      ["firewall.allow_outward_servers_web", "servers: обновления", "80"],
      ["firewall.allow_outward_servers_web_tls", "servers: обновления", "443"],
    ]);
    // A device that has one of them must not take it for the other.
    expect(names.map((key) => sections[key])).toEqual([{ type: "rule" }, { type: "rule" }, { type: "rule" }]);
  });

  it("within one network there is nothing to let through", () => {
    const neighbour = accessesOf(plan, { ...config, network: network({ operators: ["adama"] }) });
    expect(neighbour.filter(({ reason }) => reason.startsWith("adama: ssh")).map(({ to }) => to.zone)).toEqual([
      "router",
      "management",
    ]);
  });

  it("without WireGuard nobody comes in from outside", () => {
    const { wireguard: _, ...rest } = network();
    expect(accessesOf(plan, { ...config, network: rest }).filter(({ from }) => from.zone === "remote")).toEqual([]);
  });
});
