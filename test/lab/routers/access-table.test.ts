import { describe, expect, it } from "vitest";
import { accessesOf } from "../../../lab/routers/access.ts";
import { accessTable } from "../../../lab/routers/access-table.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { config, network, plan } from "./example.ts";

const [heading, ...rows] = accessTable(plan, config);
const row = (from: string) => rows.filter(([first]) => first === from);

describe("the table of who may talk to whom", () => {
  it("has a row for each network, with what all of it may reach", () => {
    expect(heading).toEqual(["from", "to", "port", "why"]);
    expect(rows.slice(0, 5).map((cells) => cells.slice(0, 3))).toEqual([
      ["management (VLAN 10)", "–", "–"],
      ["servers (VLAN 20)", "–", "–"],
      ["users (VLAN 30)", "the internet", "all"],
      ["iot (VLAN 40)", "the internet", "all"],
      ["storage (VLAN 50)", "–", "–"],
    ]);
  });

  it("has a row for each exception, with its reason and people's names for addresses", () => {
    const reasons = rows.map(([, , , why]) => why);
    expect(accessesOf(plan, config).filter(({ reason }) => !reasons.includes(reason))).toEqual([]);
    expect(row("laptop")).toContainEqual(["laptop", "adama", "22", "laptop: ssh to adama"]);
    expect(row("gaeta")).toContainEqual(["gaeta", "starbuck", "1812/udp", "gaeta asks who may join the Wi-Fi"]);
    expect(row("servers")).toContainEqual(["servers", "the internet", "443", "servers: images from registries"]);
  });

  it("has what is open to the internet", () => {
    expect(row("the internet")).toEqual([
      ["the internet", "starbuck", "443", "photos for the family"],
      ["the internet", "the router", "51820/udp", "WireGuard: peers come in, known by their keys"],
    ]);
  });

  it("leaves out no rule, redirect or forwarding that the router gets", () => {
    const apollo = planRouters(plan, config).routers.find(({ name }) => name === "apollo");
    const types = Object.entries(apollo?.part.sections ?? {}).filter(([key]) => key.startsWith("firewall."));
    const count = (type: string) => types.filter(([, section]) => section.type === type).length;
    const services = 5 * 3;
    expect(count("rule")).toBe(services + 1 + accessesOf(plan, config).length);
    expect(rows).toHaveLength(5 + 1 + accessesOf(plan, config).length + 2);
    expect([count("forwarding"), count("redirect")]).toEqual([2, 1]);
  });

  it("tells two ports of a forward apart, and a home without VLANs", () => {
    const vlans = { lan: { id: 1, kind: "home", subnet: "192.168.20.0/24" } } as const;
    const forwards = { x: { port: 8080, protocol: "udp", host: "adama", hostPort: 80, public: "a test" } } as const;
    const flat = { ...config, network: network({ vlans, forwards, leases: {}, operators: [] }) };
    const table = accessTable(plan, flat);
    expect(table).toContainEqual(["lan (VLAN 1)", "the internet", "all", "all in one, before there are VLANs"]);
    expect(table).toContainEqual(["the internet", "adama", "8080/udp → 80", "a test"]);
  });
});
