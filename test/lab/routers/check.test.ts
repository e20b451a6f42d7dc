import { describe, expect, it } from "vitest";
import { checkRouters } from "../../../lab/routers/check.ts";
import type { NetworkConfig, RouterConfig, RoutersConfig } from "../../../lab/routers/model.ts";
import { apollo, config, gaeta, network, plan } from "./example.ts";

const texts = (changed: RoutersConfig) => checkRouters(plan, changed).map(({ path, message }) => `${path} ${message}`);
const base = network();
const vlans = (changes: NetworkConfig["vlans"]) => network({ vlans: { ...base.vlans, ...changes } });
const lease = (mac: string, address: string) => network({ leases: { ...base.leases, printer: { mac, address } } });
const router = (changes: Partial<RouterConfig>): RoutersConfig => ({
  ...config,
  routers: { apollo: apollo(changes), gaeta: gaeta() },
});

it("finds nothing wrong with the example", () => {
  expect(texts(config)).toEqual([]);
});

describe("finds, before anybody connects,", () => {
  it.each<[string, NetworkConfig, RegExp]>([
    [
      "a VLAN's number twice",
      vlans({ guests: { id: 30, kind: "users", subnet: "192.168.31.0/24" } }),
      /vlans\.(guests|users)\.id is the VLAN/,
    ],
    [
      "subnets that overlap",
      vlans({ guests: { id: 31, kind: "users", subnet: "192.168.30.128/25" } }),
      /guests\.subnet overlaps with that of users/,
    ],
    ["a network without addresses", vlans({ guests: { id: 31, kind: "users" } }), /guests\.subnet is missing/],
    ["storage that is routed", vlans({ storage: { id: 50, kind: "storage", subnet: "192.168.50.0/24" } }), /not routed/],
    [
      "a pool outside of its subnet",
      vlans({ users: { id: 30, kind: "users", subnet: "192.168.30.0/24", pool: { first: 100, last: 300 } } }),
      /users\.pool does not lie/,
    ],
    [
      "a VLAN with a name of the router's own",
      vlans({ wan: { id: 60, kind: "users", subnet: "192.168.61.0/24" } }),
      /vlans\.wan has a name/,
    ],
    [
      "a VLAN with the name of a section that the plan makes",
      vlans({ vlan7: { id: 60, kind: "users", subnet: "192.168.61.0/24" } }),
      /vlans\.vlan7 has a name that routers use/,
    ],
    [
      "a zone's name that is too long",
      vlans({ "living-room-tv": { id: 60, kind: "iot", subnet: "192.168.61.0/24" } }),
      /too long/,
    ],
    ["a hardware address twice", lease("02:00:5E:10:00:0A", "192.168.30.40"), /printer\.mac is that of adama too/],
    ["an address twice", lease("02:00:5e:10:00:99", "192.168.20.10"), /printer\.address is that of adama too/],
    ["a lease in no network", lease("02:00:5e:10:00:99", "192.168.99.4"), /printer\.address lies in none of the networks/],
    ["a lease in a pool", lease("02:00:5e:10:00:99", "192.168.30.150"), /printer\.address may be given to any device/],
    [
      "a lease at the router's address",
      lease("02:00:5e:10:00:99", "192.168.30.1"),
      /printer\.address is the router's own in users/,
    ],
    ["a lease at the first address", lease("02:00:5e:10:00:99", "192.168.30.0"), /printer\.address is the first of users/],
    ["a lease at the last address", lease("02:00:5e:10:00:99", "192.168.30.255"), /printer\.address is the last of users/],
    [
      "a lease with the name of a page",
      network({ leases: { ...base.leases, metrics: { mac: "02:00:5e:10:00:99", address: "192.168.30.40" } } }),
      /leases\.metrics has the name of the page of prometheus/,
    ],
    [
      "a lease with the name of a workload",
      network({ leases: { ...base.leases, mosquitto: { mac: "02:00:5e:10:00:99", address: "192.168.30.40" } } }),
      /leases\.mosquitto has the name of mosquitto/,
    ],
    [
      "a Wi-Fi that leads nowhere",
      network({ wifi: { x: { ssid: "x", vlan: "guests", security: "wpa3", bands: ["5g"], isolate: false } } }),
      /wifi\.x\.vlan is no VLAN/,
    ],
    [
      "a Wi-Fi that 6 GHz does not allow",
      network({ wifi: { x: { ssid: "x", vlan: "users", security: "wpa2", bands: ["6g"], isolate: false } } }),
      /not allowed at 6 GHz/,
    ],
    ["an operator who is nobody", network({ operators: ["laptop", "tigh"] }), /operators\[1\] is no lease and no WireGuard peer/],
    [
      "a forward to nobody",
      network({ forwards: { x: { port: 80, protocol: "tcp", host: "pegasus", hostPort: 80, public: "a test" } } }),
      /forwards\.x\.host is no Pi/,
    ],
    [
      "a forward of WireGuard's port",
      network({ forwards: { x: { port: 51820, protocol: "udp", host: "adama", hostPort: 1, public: "a test" } } }),
      /is WireGuard's/,
    ],
    [
      "a peer outside of its range",
      network({
        wireguard: { port: 1, subnet: "192.168.60.0/24", peers: { phone: { address: "192.168.61.2", publicKey: "x" } } },
      }),
      /peers\.phone\.address is none/,
    ],
    [
      "WireGuard's range in use",
      network({ wireguard: { port: 1, subnet: "192.168.20.0/24", peers: {} }, operators: [] }),
      /overlaps with that of servers/,
    ],
  ])("%s", (_, changed, message) => {
    expect(texts({ ...config, network: changed }).join("\n")).toMatch(message);
  });

  it("enterprise Wi-Fi without a RADIUS server", () => {
    const { radius: _, ...rest } = network();
    expect(texts({ ...config, network: rest }).join("\n")).toMatch(/wifi\.crew\.security needs a RADIUS server/);
  });

  it.each<[string, RoutersConfig, RegExp]>([
    [
      "a port with a VLAN that is none",
      router({ ports: { ...apollo().ports, lan3: { untagged: "guests", tagged: [] } } }),
      /lan3\.untagged is no VLAN/,
    ],
    [
      "a VLAN with and without a tag",
      router({ ports: { ...apollo().ports, lan3: { untagged: "users", tagged: ["users"] } } }),
      /without a tag there/,
    ],
    [
      "a router that nobody could reach",
      router({ ports: { lan1: { untagged: "users", tagged: [] } } }),
      /nobody would reach apollo/,
    ],
    ["a router that is not the first of its network", router({ address: "192.168.10.9" }), /is not the first of management/],
    [
      "a router without a line",
      { ...config, routers: { apollo: { ...apollo(), wan: undefined } as never, gaeta: gaeta() } },
      /apollo\.wan is missing/,
    ],
    [
      "two routers",
      { ...config, routers: { apollo: apollo(), gaeta: gaeta({ role: "router" }) } },
      /apollo and gaeta with the role router/,
    ],
    [
      "an access point in another network",
      { ...config, routers: { apollo: apollo(), gaeta: gaeta({ address: "192.168.30.2" }) } },
      /gaeta\.address lies in users/,
    ],
  ])("%s", (_, changed, message) => {
    expect(texts(changed).join("\n")).toMatch(message);
  });

  it("Pis that are in no network of the home", () => {
    const elsewhere = {
      ...plan,
      hosts: plan.hosts.map((host) => ({ ...host, config: { ...host.config, address: "10.1.2.3" } })),
    };
    expect(checkRouters(elsewhere, config).map(({ path }) => path)).toContain("homelab:hosts.adama.address");
  });
});
