import { describe, expect, it } from "vitest";
import { planChange } from "../../../providers/uci/diff.ts";
import { pathProblems } from "../../../providers/uci/guard.ts";
import type { UciInputs } from "../../../providers/uci/inputs.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { inputs, router } from "./example.ts";

const path = { address: "192.168.1.1", port: 22, client: "192.168.1.50" };

/** What a change of the example router would take away. */
function problems(changes: Partial<UciInputs>, way = path): readonly string[] {
  const { packages } = parseReading("apollo", router().reading());
  return pathProblems(packages, planChange(packages, {}, inputs(changes)).after, way);
}

/** The same of the example router with some more on it, for who makes the change from another of its networks. */
function problemsFrom(client: string, additions: readonly string[]): (changes: Partial<UciInputs>) => readonly string[] {
  const device = router();
  device.batch(additions.join(""));
  const { packages } = parseReading("apollo", device.reading());
  return (changes) => pathProblems(packages, planChange(packages, {}, inputs(changes)).after, { ...path, client });
}

const lan = { "network.lan": { type: "interface" } };
const vlan = { "network.vlan1": { type: "bridge-vlan", match: { device: "br-lan", vlan: "1" } } };
const bridge = { "network.bridge": { type: "device", match: { name: "br-lan" } } };
const zone = { "firewall.lan": { type: "zone", match: { name: "lan" } } };
const ssh = { "firewall.ssh": { type: "rule" } };
const dropbear = { "dropbear.main": { type: "dropbear", match: {} } };
const rule = (options: Record<string, string>) =>
  Object.fromEntries(Object.entries(options).map(([option, value]) => [`firewall.ssh.${option}`, value]));

describe("a change is refused that takes away", () => {
  it.each<[string, Partial<UciInputs>, RegExp]>([
    [
      "the address",
      { sections: lan, settings: { "network.lan.ipaddr": "192.168.10.1" } },
      /lan loses the address 192\.168\.1\.1 \(it gets 192/,
    ],
    ["the address, for none", { sections: lan, settings: { "network.lan.ipaddr": "" } }, /it gets none/],
    [
      "the network's size",
      { sections: lan, settings: { "network.lan.netmask": "255.255.255.128" } },
      /lan changes from 192\.168\.1\.1\/24 to \/25/,
    ],
    ["the device", { sections: lan, settings: { "network.lan.device": "br-lan.10" } }, /lan\.device changes/],
    ["the interface", { sections: lan, settings: { "network.lan.disabled": "1" } }, /lan\.disabled changes/],
    [
      "a port of the VLAN",
      { sections: vlan, settings: { "network.vlan1.ports": ["lan1:u*"] } },
      /VLAN 1 on br-lan lose lan2:u\*/,
    ],
    ["the tag of a port", { sections: vlan, settings: { "network.vlan1.ports": ["lan1:t", "lan2:u*"] } }, /lose lan1:u\*/],
    ["the VLAN", { sections: vlan, settings: { "network.vlan1.vlan": "10" } }, /VLAN 1 on br-lan lose lan1:u\*, lan2:u\*/],
    [
      "a port of the bridge",
      { sections: bridge, settings: { "network.bridge.ports": ["lan1"] } },
      /the ports of br-lan lose lan2/,
    ],
    [
      "the zone's input",
      { sections: zone, settings: { "firewall.lan.input": "REJECT" } },
      /no longer lets ssh in from lan \(port 22\)/,
    ],
    ["the network from its zone", { sections: zone, settings: { "firewall.lan.network": ["home"] } }, /no longer lets ssh in/],
    [
      "ssh by a rule",
      { sections: ssh, settings: rule({ src: "lan", proto: "tcp", dest_port: "20-25", target: "DROP" }) },
      /no longer lets ssh in/,
    ],
    [
      "the ssh server's port",
      { sections: dropbear, settings: { "dropbear.main.Port": "2222" } },
      /no longer listens for lan at port 22/,
    ],
    ["the ssh server's interface", { sections: dropbear, settings: { "dropbear.main.Interface": "wan" } }, /no longer listens/],
    ...["0", "off", "no", "false", "disabled"].map((no): [string, Partial<UciInputs>, RegExp] => [
      `the ssh server, by "${no}"`,
      { sections: dropbear, settings: { "dropbear.main.enable": no } },
      /no longer listens/,
    ]),
    ["root's login", { sections: dropbear, settings: { "dropbear.main.RootLogin": "off" } }, /no longer listens/],
  ])("%s", (_, changes, reason) => {
    expect(problems(changes).join("\n")).toMatch(reason);
  });

  it("the address, where a section of the program goes that had it", () => {
    const { packages } = parseReading("apollo", router().reading());
    const known = { "network.lan": { was: "created", options: {} } } as const;
    expect(pathProblems(packages, planChange(packages, known, inputs()).after, path)).toEqual([
      "network.lan, which has the address 192.168.1.1, is removed",
    ]);
  });
});

describe("a change passes that", () => {
  it.each<[string, Partial<UciInputs>]>([
    ["has nothing to do with it", { sections: lan, settings: { "network.lan.mtu": "1400", "network.lan.ip6assign": "" } }],
    [
      "adds an address",
      {
        sections: lan,
        settings: { "network.lan.ipaddr": ["192.168.1.1/24", "192.168.10.1/24"], "network.lan.netmask": "255.255.255.0" },
      },
    ],
    [
      "says the same in the words of OpenWrt 25.12",
      { sections: lan, settings: { "network.lan.ipaddr": ["192.168.1.1/24"], "network.lan.netmask": "" } },
    ],
    ["adds a port", { sections: vlan, settings: { "network.vlan1.ports": ["lan1:u*", "lan2:u*", "lan3:t"] } }],
    [
      "is about another zone",
      { sections: { "firewall.wan": { type: "zone", match: { name: "wan" } } }, settings: { "firewall.wan.input": "DROP" } },
    ],
    [
      "closes the zone and lets ssh in by a rule",
      {
        sections: { ...zone, ...ssh },
        settings: { "firewall.lan.input": "REJECT", ...rule({ src: "lan", proto: "tcp", dest_port: "22", target: "ACCEPT" }) },
      },
    ],
    [
      "refuses something else in the zone",
      { sections: ssh, settings: rule({ src: "lan", proto: "udp", dest_port: "22", target: "DROP" }) },
    ],
    ["refuses what goes through to elsewhere", { sections: ssh, settings: rule({ src: "lan", dest: "wan", target: "DROP" }) }],
    ["adds a port to the ssh server", { sections: dropbear, settings: { "dropbear.main.Port": "22 2222" } }],
  ])("%s", (_, changes) => {
    expect(problems(changes)).toEqual([]);
  });

  it("comes by a way that the configuration does not show", () => {
    const settings = { "network.lan.ipaddr": "192.168.10.1" };
    expect(problems({ sections: lan, settings }, { address: "10.0.0.9", port: 22, client: "10.0.0.1" })).toEqual([]);
  });
});

it.each([
  ["one for IPv6", { family: "ipv6" }],
  ["one of no family that is known", { family: "ip" }],
  ["one that is off", { enabled: "off" }],
  ["one that is disabled", { enabled: "disabled" }],
  ["one that fw4 leaves out for its words", { enabled: "enabled" }],
  ["one for some of the time", { monthdays: "1 2 3" }],
  ["one that lets in only so many", { limit: "3/minute" }],
])("a rule does not replace a zone that lets all in: %s", (_, options) => {
  const settings = { ...rule({ src: "lan", dest_port: "22", target: "ACCEPT", ...options }), "firewall.lan.input": "REJECT" };
  expect(problems({ sections: { ...zone, ...ssh }, settings })).toEqual([
    "the firewall no longer lets ssh in from lan (port 22)",
  ]);
});

it.each([
  ["for IPv4", { family: "ipv4" }],
  ["on, in another word", { enabled: "yes" }],
  ["with a name and a log", { name: "ssh", log: "1" }],
])("a rule replaces a zone that lets all in: one %s", (_, options) => {
  const settings = { ...rule({ src: "lan", dest_port: "22", target: "ACCEPT", ...options }), "firewall.lan.input": "REJECT" };
  expect(problems({ sections: { ...zone, ...ssh }, settings })).toEqual([]);
});

it("a rule that refuses IPv6 takes nothing from who comes by IPv4, and a zone for IPv6 gives nothing", () => {
  expect(problems({ sections: ssh, settings: rule({ src: "lan", family: "ipv6", target: "DROP" }) })).toEqual([]);
  expect(problems({ sections: zone, settings: { "firewall.lan.family": "ipv6" } })).toHaveLength(1);
});

it("a rule that lets in some addresses only replaces a zone that lets all in if it is for who makes the change", () => {
  const only = (address: string) => ({
    ...rule({ src: "lan", src_ip: address, dest_ip: "192.168.1.1", dest_port: "22", target: "ACCEPT" }),
    "firewall.lan.input": "REJECT",
  });
  expect(problems({ sections: { ...zone, ...ssh }, settings: only("192.168.1.51") })).toHaveLength(1);
  expect(problems({ sections: { ...zone, ...ssh }, settings: only("192.168.1.50") })).toEqual([]);
});

describe("from another network of the device", () => {
  const from = problemsFrom("192.168.30.10", [
    "set network.users='interface'\nset network.users.ipaddr='192.168.30.1/24'\nset network.users.device='br-lan.30'\n",
    "set network.vlan30='bridge-vlan'\nset network.vlan30.device='br-lan'\nset network.vlan30.vlan='30'\n",
    "add_list network.vlan30.ports='lan2:t'\n",
    "set firewall.users='zone'\nset firewall.users.name='users'\nadd_list firewall.users.network='users'\n",
    "set firewall.users.input='ACCEPT'\n",
  ]);

  it("its zone, its VLAN and its address count, and the zone of the address that is gone to does not", () => {
    const users = { "firewall.users": { type: "zone" } };
    expect(from({ sections: users, settings: { "firewall.users.input": "REJECT" } })).toEqual([
      "the firewall no longer lets ssh in from users (port 22)",
    ]);
    expect(from({ sections: zone, settings: { "firewall.lan.input": "REJECT" } })).toEqual([]);
    const tag = { "network.vlan30": { type: "bridge-vlan" } };
    expect(from({ sections: tag, settings: { "network.vlan30.ports": ["lan1:t"] } })).toEqual([
      "the ports of VLAN 30 on br-lan lose lan2:t",
    ]);
    const users30 = { "network.users": { type: "interface" } };
    expect(from({ sections: users30, settings: { "network.users.ipaddr": "192.168.31.1/24" } })[0]).toMatch(
      /users loses the address/,
    );
  });
});

describe("over WireGuard", () => {
  const from = problemsFrom("192.168.60.2", [
    "set network.wg0='interface'\nset network.wg0.proto='wireguard'\n",
    "add_list network.wg0.addresses='fd00:60::1/64'\nadd_list network.wg0.addresses='192.168.60.1/24'\n",
    "set firewall.remote='zone'\nset firewall.remote.name='remote'\nadd_list firewall.remote.network='wg0'\n",
    "set firewall.remote.input='ACCEPT'\n",
  ]);
  const wg0 = { "network.wg0": { type: "interface" } };

  it("a change passes that leaves the tunnel as it is", () => {
    expect(from({ sections: lan, settings: { "network.lan.mtu": "1400" } })).toEqual([]);
  });

  it("its address and its zone count", () => {
    expect(from({ sections: wg0, settings: { "network.wg0.addresses": ["192.168.61.1/24"] } })).toEqual([
      "network.wg0 loses the address 192.168.60.1 (it gets 192.168.61.1)",
    ]);
    const remote = { "firewall.remote": { type: "zone" } };
    expect(from({ sections: remote, settings: { "firewall.remote.input": "REJECT" } })).toEqual([
      "the firewall no longer lets ssh in from wg0 (port 22)",
    ]);
  });
});
