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

/** What OpenWrt and its packages bring along, as the devices' provider calls it: nobody has made these by hand. */
const BROUGHT = [
  /^network\.(loopback|wan6?) \(/,
  /^network: device "(eth|lan|wan)[0-9.]*"$/,
  /^dhcp\.wan \(/,
  /^firewall: zone "wan"$/,
  /^firewall: rule "Allow-(DHCP-Renew|Ping|IGMP|DHCPv6|MLD|ICMPv6-Input|ICMPv6-Forward|IPSec-ESP|ISAKMP)"$/,
  /^sqm\.eth1 \(/,
];

/** How many a notice names. */
const NAMED = 8;

/**
 * What people are told of sections that somebody made on a device by hand, or undefined where there are none. They are left alone,
 * so a rule of a firewall that nobody remembers would otherwise stay unseen.
 */
export function handMadeNotice(router: string, unmanaged: readonly string[]): string | undefined {
  const made = unmanaged.filter((words) => !BROUGHT.some((brought) => brought.test(words)));
  if (made.length === 0) return undefined;
  const more = made.length > NAMED ? `, and ${made.length - NAMED} more` : "";
  return [
    `${router} has sections that the lab does not know, and leaves alone: ${made.slice(0, NAMED).join(", ")}${more}.`,
    `Remove them there, or write them down: npm run import-router -- ${router}`,
  ].join("\n");
}
