import type { UciInputs } from "../../../providers/uci/inputs.ts";
import { target } from "../fake-ssh.ts";
import { FakeUci } from "./fake-uci.ts";

/** Inputs of a device on which nothing is declared, with changes. */
export function inputs(changes: Partial<UciInputs> = {}): UciInputs {
  return {
    device: { ...target, name: "apollo", address: "192.168.1.1", kind: "router" },
    sections: {},
    absent: {},
    settings: {},
    secrets: {},
    order: {},
    software: [],
    probes: [],
    confirmWithinSeconds: 60,
    released: "restore",
    allowManagementPathChange: false,
    interrupts: "",
    changedSecrets: [],
    found: {},
    ...changes,
  };
}

/** A router as it is bought, and used for a while. */
export function router(): FakeUci {
  return new FakeUci({
    dhcp: [
      { type: "dnsmasq", options: { domain: "lan", server: ["9.9.9.9"] } },
      { name: "lan", type: "dhcp", options: { interface: "lan", start: "100", limit: "150" } },
      { type: "host", options: { name: "starbuck", ip: "192.168.1.3", mac: ["02:00:5E:10:00:0B"] } },
      { type: "host", options: { name: "printer", ip: "192.168.1.40", mac: "02:00:5E:10:00:28 02:00:5E:10:00:29" } },
    ],
    firewall: [
      { type: "defaults", options: { input: "REJECT", forward: "REJECT" } },
      { type: "zone", options: { name: "lan", network: ["lan"], input: "ACCEPT", forward: "ACCEPT" } },
      { type: "zone", options: { name: "wan", network: ["wan", "wan6"], input: "REJECT", masq: "1" } },
      { type: "rule", options: { name: "Allow-Ping", src: "wan", proto: "icmp", target: "ACCEPT" } },
      { name: "by_hand", type: "rule", options: { name: "Mine", src: "wan", dest_port: "53", target: "ACCEPT" } },
    ],
    network: [
      { type: "device", options: { name: "br-lan", type: "bridge", ports: ["lan1", "lan2"] } },
      { type: "bridge-vlan", options: { device: "br-lan", vlan: "1", ports: ["lan1:u*", "lan2:u*"] } },
      {
        name: "lan",
        type: "interface",
        options: { device: "br-lan.1", proto: "static", ipaddr: "192.168.1.1", netmask: "255.255.255.0", ip6assign: "60" },
      },
    ],
    dropbear: [{ type: "dropbear", options: { PasswordAuth: "on", Port: "22" } }],
    wireless: [
      { name: "default_radio0", type: "wifi-iface", options: { device: "radio0", ssid: "Adama's net", key: "correct horse" } },
    ],
  });
}
