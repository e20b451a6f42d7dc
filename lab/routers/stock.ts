import type { Network } from "./networks.ts";
import type { Part } from "./part.ts";

/** The name that OpenWrt gives to the one network of a device fresh from its box. */
const LAN = "lan";

/** What there is of it on such a device, beside the bridge of all ports. */
const STOCK: Part["absent"] = {
  "network.lan": { type: "interface" },
  "dhcp.lan": { type: "dhcp" },
  "firewall.zone_lan": { type: "zone", match: { name: LAN } },
  "firewall.lan_to_wan": { type: "forwarding", match: { src: LAN, dest: "wan" } },
  "firewall.allow_ipsec_esp": { type: "rule", match: { name: "Allow-IPSec-ESP", dest: LAN } },
  "firewall.allow_isakmp": { type: "rule", match: { name: "Allow-ISAKMP", dest: LAN } },
};

/**
 * The same without OpenWrt's own network, unless that is the home's. Beside VLANs it would have the address of `management` a
 * second time, on the bridge, where nobody is any more, so that no answer finds its way; and its zone may do everything.
 */
export function withoutStock(part: Part, networks: readonly Network[]): Part {
  if (networks.some(({ interface: name, kind }) => name === LAN && kind === "home")) return part;
  const absent = Object.entries(STOCK).filter(([key]) => !(key in part.sections));
  return { ...part, absent: { ...part.absent, ...Object.fromEntries(absent) } };
}
