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

const ICMPV6_ERRORS =
  "echo-request echo-reply destination-unreachable packet-too-big time-exceeded bad-header unknown-header-type";
const NEIGHBOURS = "router-solicitation neighbour-solicitation router-advertisement neighbour-advertisement";

/** What OpenWrt's firewall lets in from the internet line as it comes: rules, by name, with lists as words. */
const STOCK_RULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "Allow-DHCP-Renew": { proto: "udp", dest_port: "68", family: "ipv4" },
  "Allow-Ping": { proto: "icmp", icmp_type: "echo-request", family: "ipv4" },
  "Allow-IGMP": { proto: "igmp", family: "ipv4" },
  "Allow-DHCPv6": { proto: "udp", dest_port: "546", family: "ipv6" },
  "Allow-MLD": { proto: "icmp", src_ip: "fe80::/10", icmp_type: "130/0 131/0 132/0 143/0", family: "ipv6" },
  "Allow-ICMPv6-Input": { proto: "icmp", icmp_type: `${ICMPV6_ERRORS} ${NEIGHBOURS}`, limit: "1000/sec", family: "ipv6" },
  "Allow-ICMPv6-Forward": { dest: "*", proto: "icmp", icmp_type: ICMPV6_ERRORS, limit: "1000/sec", family: "ipv6" },
  "Allow-IPSec-ESP": { dest: LAN, proto: "esp" },
  "Allow-ISAKMP": { dest: LAN, dest_port: "500", proto: "udp" },
};

/** Options of a rule that say nothing of what it lets in, once it is known to be one that does. */
const NO_MATTER = ["name", "enabled"];

/** Those that make one narrower: OpenWrt before 22.03 had them in its rule for DHCPv6. */
const NARROWS = ["src_ip", "dest_ip"];

/**
 * Whether a rule lets in no more than one that OpenWrt comes with. Its name proves nothing: anything may be called Allow-Ping.
 * @param options those that it has, lists as words
 */
export function isStockRule(options: Readonly<Record<string, string>>): boolean {
  const words = (value = ""): string => value.split(/\s+/).sort().join(" ");
  return Object.values(STOCK_RULES).some((rule) => {
    const stock: Readonly<Record<string, string>> = { ...rule, src: "wan", target: "ACCEPT" };
    const counts = [...Object.keys(stock), ...Object.keys(options)].filter((option) => !NO_MATTER.includes(option));
    return counts.every(
      (option) => words(options[option]) === words(stock[option]) || (NARROWS.includes(option) && !(option in stock)),
    );
  });
}

/** What OpenWrt and its packages bring along, as the devices' provider calls it: nobody has made these by hand. */
const BROUGHT = [
  /^network\.(loopback|wan6?) \(/,
  /^network: device "(eth|lan|wan)[0-9.]*"$/,
  /^dhcp\.wan \(/,
  /^firewall: zone "wan"$/,
  new RegExp(`^firewall: rule "(${Object.keys(STOCK_RULES).join("|")})"$`),
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
