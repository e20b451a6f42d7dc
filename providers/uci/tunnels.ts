import { type Options, type Packages, type Section, sameValue, textOf } from "./model.ts";

/** What netifd itself compares of a WireGuard interface when it reloads: what `proto_wireguard_init_config` names, in each release. */
const COMPARED = ["private_key", "listen_port", "mtu", "fwmark"];

/**
 * WireGuard interfaces that a change leaves running as they were, though something of them is another now: their peers are sections
 * of their own, and netifd looks at none. One that was removed would keep its access until the next restart, one with a new key
 * would never get in.
 */
export function staleTunnels(before: Packages, after: Packages): readonly string[] {
  return tunnels(before).flatMap((former) => {
    const now = tunnels(after).find(({ id }) => id === former.id);
    if (!now) return [];
    const isSame = sameOptions(unseen(former), unseen(now)) && samePeers(peers(before, former), peers(after, now));
    return isSame ? [] : [former.id];
  });
}

function tunnels(packages: Packages): readonly Section[] {
  return (packages.get("network") ?? []).filter(
    ({ type, options }) => type === "interface" && textOf(options.get("proto")) === "wireguard",
  );
}

/** The options that only the protocol's own script reads, when the interface comes up. */
function unseen({ options }: Section): Options {
  return new Map([...options].filter(([option]) => !COMPARED.includes(option)));
}

function peers(packages: Packages, { id }: Section): readonly Section[] {
  return (packages.get("network") ?? []).filter(({ type }) => type === `wireguard_${id}`);
}

/** By what they are: their names are nothing to WireGuard. */
function samePeers(a: readonly Section[], b: readonly Section[]): boolean {
  return a.length === b.length && a.every(({ options }, index) => sameOptions(options, b[index]?.options ?? new Map()));
}

function sameOptions(a: Options, b: Options): boolean {
  return a.size === b.size && [...a].every(([option, value]) => sameValue(value, b.get(option)));
}
