import { compare } from "../names.ts";
import { addressNumber, addressText, holds, type Range, rangeOf } from "../network.ts";
import type { NetworkConfig, NetworkKind, RoutersConfig } from "./model.ts";
import { sectionName } from "./part.ts";

/** The bridge of all ports; each VLAN is a device of its own on it. */
export const BRIDGE = "br-lan";

/** The zone of the internet. */
export const WAN = "wan";

/** The zone of those who come in by WireGuard. */
export const REMOTE = "remote";

/** The interface of WireGuard. */
export const WIREGUARD = "wg0";

/** Whether routers have an interface, a zone or a section of that name themselves. */
export function isTaken(name: string): boolean {
  return [WAN, "wan6", REMOTE, WIREGUARD, "loopback", "bridge", "globals"].includes(name) || /^(vlan\d+|peer_.*)$/.test(name);
}

/** A VLAN with what follows from its subnet. */
export interface Network {
  readonly name: string;
  readonly id: number;
  readonly kind: NetworkKind;
  /** Its name as interface and zone. */
  readonly interface: string;
  /** `br-lan.20` */
  readonly device: string;
  /** Undefined for what is not routed. */
  readonly routed?: Routed;
  readonly pool?: { readonly first: number; readonly last: number };
}

/** The addresses of a network. */
export interface Routed {
  readonly range: Range;
  /** The router's address in it: the first. */
  readonly router: string;
  readonly netmask: string;
  readonly prefix: number;
}

/** All VLANs, by their number. */
export function networksOf({ vlans }: NetworkConfig): readonly Network[] {
  return Object.entries(vlans)
    .map(([name, { id, kind, subnet, pool }]) => ({
      name,
      id,
      kind,
      interface: sectionName(name),
      device: `${BRIDGE}.${id}`,
      ...(subnet === undefined ? {} : { routed: routedOf(subnet) }),
      ...(pool === undefined ? {} : { pool }),
    }))
    .sort((a, b) => a.id - b.id || compare(a.name, b.name));
}

/** A range of addresses with its router. */
export function routedOf(subnet: string): Routed {
  const range = rangeOf(subnet);
  const prefix = Number(subnet.split("/")[1] ?? 32);
  return { range, prefix, router: addressText(range.first + 1), netmask: addressText(2 ** 32 - 2 ** (32 - prefix)) };
}

/** The zone that an address is in, or undefined: it is nowhere at home. */
export function zoneOf(address: string, { network }: RoutersConfig): string | undefined {
  const number = addressNumber(address);
  const home = networksOf(network).find(({ routed }) => routed !== undefined && holds(routed.range, number));
  if (home) return home.interface;
  return network.wireguard && holds(rangeOf(network.wireguard.subnet), number) ? REMOTE : undefined;
}

/**
 * The network that a router or an access point is managed in: the one for that, or `home` for as long as its address is there. So a
 * home gets its VLANs first, and its routers move into theirs once it is there.
 */
export function managementOf(networks: readonly Network[], address: string): Network | undefined {
  const home = networks.find(({ kind }) => kind === "home");
  const isAtHome = home?.routed !== undefined && holds(home.routed.range, addressNumber(address));
  return isAtHome ? home : (networks.find(({ kind }) => kind === "management") ?? home);
}
