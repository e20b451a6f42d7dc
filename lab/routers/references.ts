import type { Part, UciValue } from "./part.ts";

/** The firewall's word for all zones. */
const ANYWHERE = "*";

/**
 * Whether everything that a part refers to is in it: a zone's networks, an interface's VLAN, a rule's zones, a Wi-Fi's radio
 * and network, a pool's interface. A configuration without problems makes parts without dangling references; this is what the
 * builders are tested against, and what a device has of its own is checked by.
 *
 * @returns the dangling ones, as `firewall.zone_lan.network: home`
 */
export function danglingReferences(part: Part): readonly string[] {
  const ofType = (name: string, type: string) =>
    Object.keys(part.sections).filter((key) => key.startsWith(`${name}.`) && part.sections[key]?.type === type);
  const values = (key: string, option: string): readonly string[] => wordsOf(part.settings[`${key}.${option}`]);
  const idOf = (key: string) => key.slice(key.indexOf(".") + 1);
  const all = (name: string, type: string, option: string) => new Set(ofType(name, type).flatMap((key) => values(key, option)));

  const interfaces = new Set(ofType("network", "interface").map(idOf));
  const bridges = all("network", "device", "name");
  const vlans = ofType("network", "bridge-vlan").map((key) => `${values(key, "device")}.${values(key, "vlan")}`);
  const divided = new Set(vlans.map((vlan) => vlan.slice(0, vlan.lastIndexOf("."))));
  // Which devices there are, only the hardware knows; of a bridge with VLANs, which of them.
  const devices = { has: (device: string) => vlans.includes(device) || !divided.has(device.replace(/\.\d+$/, "")) };
  const zones = all("firewall", "zone", "name");
  const radios = new Set(ofType("wireless", "wifi-device").map(idOf));
  const checks: readonly [name: string, type: string, option: string, known: Pick<ReadonlySet<string>, "has">][] = [
    ["network", "bridge-vlan", "device", bridges],
    ["network", "interface", "device", devices],
    ["firewall", "zone", "network", interfaces],
    ["firewall", "forwarding", "src", zones],
    ["firewall", "forwarding", "dest", zones],
    ["firewall", "rule", "src", zones],
    ["firewall", "rule", "dest", zones],
    ["firewall", "redirect", "src", zones],
    ["firewall", "redirect", "dest", zones],
    ["dhcp", "dhcp", "interface", interfaces],
    ["wireless", "wifi-iface", "device", radios],
    ["wireless", "wifi-iface", "network", interfaces],
    ["dropbear", "dropbear", "Interface", interfaces],
    ["prometheus-node-exporter-lua", "prometheus-node-exporter-lua", "listen_interface", interfaces],
  ];
  return checks.flatMap(([name, type, option, known]) =>
    ofType(name, type).flatMap((key) =>
      values(key, option)
        .filter((value) => value !== ANYWHERE && !known.has(value))
        .map((value) => `${key}.${option}: ${value}`),
    ),
  );
}

function wordsOf(value: UciValue | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? value.split(" ").filter((word) => word !== "") : value;
}
