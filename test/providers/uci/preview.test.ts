import { expect, it } from "vitest";
import { planChange } from "../../../providers/uci/diff.ts";
import { changeLines, interruptions } from "../../../providers/uci/preview.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { inputs, router } from "./example.ts";

it("a change is a line for each option, with both values, and of secrets neither", () => {
  const { packages } = parseReading("apollo", router().reading());
  const declared = inputs({
    sections: {
      "network.lan": { type: "interface" },
      "dhcp.starbuck": { type: "host", match: { name: "starbuck" } },
      "network.iot": { type: "interface" },
      "wireless.default_radio0": { type: "wifi-iface" },
      "firewall.dns": { type: "rule", match: { name: "Mine" } },
      "firewall.ping": { type: "rule", match: { name: "Allow-Ping" } },
    },
    settings: {
      "network.lan.ipaddr": "192.168.10.1",
      "network.lan.ip6assign": [],
      "network.lan.dns": ["1.1.1.1", "9.9.9.9"],
      "dhcp.starbuck.ip": "192.168.20.3",
      "wireless.default_radio0.ssid": "two\nlines",
    },
    secrets: { "wireless.default_radio0.key": "so say we all" },
    order: { firewall: ["dns", "ping"] },
  });
  const known = { "dhcp.lan": { was: "created", options: {} } } as const;
  const { operations } = planChange(packages, known, declared);
  const lines = changeLines(packages, operations, (place) => Object.hasOwn(declared.secrets, place));
  expect(lines).toEqual([
    "dhcp.lan: dhcp → removed",
    "dhcp.starbuck: the name of a host",
    "network.iot: new interface",
    "firewall.dns: the name of firewall.by_hand",
    "firewall.ping: the name of a rule",
    "network.lan.ipaddr: 192.168.1.1 → 192.168.10.1",
    "network.lan.ip6assign: 60 → (none)",
    "network.lan.dns: (none) → 1.1.1.1, 9.9.9.9",
    "dhcp.starbuck.ip: 192.168.1.3 → 192.168.20.3",
    "wireless.default_radio0.ssid: Adama's net → two\\nlines",
    "wireless.default_radio0.key: [secret] → [secret]",
    "firewall.dns: moves to place 4",
  ]);
  expect(lines.join()).not.toMatch(/correct horse|so say we all|cfg/);
});

it("says what a change cuts off for some seconds, and which options do it", () => {
  const olds = inputs({
    sections: { "network.lan": { type: "interface" } },
    settings: { "network.lan.mtu": "1400", "dhcp.lan.start": "10" },
  });
  const but = (settings: Record<string, string>) => interruptions(olds, { ...olds, settings: { ...olds.settings, ...settings } });
  expect(but({})).toBe("");
  expect(but({ "dhcp.lan.start": "20" })).toBe("");
  expect(but({ "network.lan.mtu": "1500" })).toBe("cuts off for some seconds: connections through the device (network.lan.mtu)");
  expect(but({ "wireless.lab.ssid": "lab" })).toContain("all Wi-Fi clients (wireless.lab.ssid)");
  const many = Object.fromEntries([1, 2, 3, 4, 5].map((number) => [`network.lan.o${number}`, "x"]));
  expect(but(many)).toContain("(network.lan.o1, network.lan.o2, network.lan.o3, 2 more)");
  expect(interruptions({}, olds)).toContain("network");
});
