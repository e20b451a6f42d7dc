import { sortedNames } from "../names.ts";
import { type Access, REACHES } from "./access.ts";
import type { ForwardConfig, RoutersConfig } from "./model.ts";
import { type Network, networksOf, REMOTE, WAN, WIREGUARD, zoneOf } from "./networks.ts";
import { type Part, type SectionExtras, section, sectionName } from "./part.ts";

/** What the router answers to everyone of a network: addresses, names, the time. */
export const SERVICES = [
  { name: "DHCP", proto: ["udp"], port: 67 },
  { name: "DNS", proto: ["tcp", "udp"], port: 53 },
  { name: "NTP", proto: ["udp"], port: 123 },
] as const;

/**
 * The router's firewall: nothing passes but what a network's kind allows, and the exceptions.
 * @param addressOf where a Pi or a lease is, by name
 */
export function firewall(
  config: RoutersConfig,
  accesses: readonly Access[],
  addressOf: (name: string) => string | undefined,
): readonly Part[] {
  const networks = networksOf(config.network).filter(({ routed }) => routed !== undefined);
  const { wireguard, forwards } = config.network;
  return [
    defaults(),
    zone(WAN, [WAN, "wan6"], { masq: "1", mtu_fix: "1" }, { released: "restore" }),
    ...networks.map(({ interface: name, kind }) => zone(name, [name], kind === "home" ? { input: "ACCEPT" } : {})),
    ...(wireguard ? [zone(REMOTE, [WIREGUARD])] : []),
    ...forwardings(networks),
    ...networks.filter(({ kind }) => kind !== "home").flatMap(services),
    ...(wireguard ? [...services({ interface: REMOTE }), wireguardDoor(wireguard.port)] : []),
    ...accesses.map(exception),
    ...sortedNames(forwards).flatMap((name) => redirect(name, forwards[name], config, addressOf)),
  ];
}

/** An access point's firewall: it routes nothing, and is managed in one network. */
export function accessPointFirewall(management: string): readonly Part[] {
  return [defaults(), zone(management, [management], { input: "ACCEPT" })];
}

function defaults(): Part {
  const policy = { input: "REJECT", output: "ACCEPT", forward: "REJECT" };
  return section("firewall.defaults", "defaults", policy, { match: {}, released: "restore" });
}

function zone(
  name: string,
  network: readonly string[],
  more: Readonly<Record<string, string>> = {},
  extras: Pick<SectionExtras, "released"> = {},
): Part {
  const options = { name, network, input: "REJECT", output: "ACCEPT", forward: "REJECT", ...more };
  return section(`firewall.${sectionName("zone", name)}`, "zone", options, { match: { name }, ...extras });
}

function forwardings(networks: readonly Network[]): readonly Part[] {
  return networks.flatMap(({ interface: src, kind }) =>
    REACHES[kind].flatMap((target) => {
      const zones = target === WAN ? [WAN] : networks.filter((other) => other.kind === target).map((other) => other.interface);
      return zones.map((dest) => {
        const pair = { src, dest };
        return section(`firewall.${sectionName(src, "to", dest)}`, "forwarding", pair, { match: pair });
      });
    }),
  );
}

function services({ interface: src }: { readonly interface: string }): readonly Part[] {
  return SERVICES.map(({ name, proto, port }) => rule(`${src}: ${name}`, { src, proto, dest_port: String(port) }));
}

function wireguardDoor(port: number): Part {
  return rule("WireGuard from anywhere", { src: WAN, proto: ["udp"], dest_port: String(port) });
}

function exception({ reason, key, from, to, protocols, port }: Access): Part {
  const options = {
    src: from.zone,
    ...(from.address === undefined ? {} : { src_ip: from.address }),
    ...(to.zone === "router" ? {} : { dest: to.zone }),
    ...(to.address === undefined ? {} : { dest_ip: to.address }),
    proto: protocols,
    ...(port === undefined ? {} : { dest_port: String(port) }),
  };
  return rule(reason, options, key);
}

/** @param key what tells it from all others; undefined: its name, by which it is known on a device too */
function rule(name: string, options: Readonly<Record<string, string | readonly string[]>>, key?: string): Part {
  const all = { name, ...options, target: "ACCEPT" };
  const extras = { ...(key === undefined ? { match: { name } } : {}), ordered: true };
  return section(`firewall.${sectionName("allow", key ?? name)}`, "rule", all, extras);
}

function redirect(
  name: string,
  forward: ForwardConfig | undefined,
  config: RoutersConfig,
  addressOf: (name: string) => string | undefined,
): readonly Part[] {
  const address = forward && addressOf(forward.host);
  if (address === undefined) return [];
  const options = {
    name,
    src: WAN,
    src_dport: String(forward?.port),
    dest: zoneOf(address, config),
    dest_ip: address,
    dest_port: String(forward?.hostPort),
    proto: [forward?.protocol ?? "tcp"],
    family: "ipv4",
    target: "DNAT",
  };
  return [section(`firewall.${sectionName("forward", name)}`, "redirect", options, { match: { name } })];
}
