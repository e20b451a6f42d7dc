import { type Packages, type Section, sameValue, textOf, wordsOf } from "./model.ts";
import { firewallLetsIn, sshListens } from "./ssh-access.ts";

/** The way that a change comes to the device. */
export interface ManagementPath {
  /** The device's address as the device knows it. */
  readonly address: string;
  readonly port: number;
  /** Where the change comes from, as the device knows it; empty where it does not say. */
  readonly client: string;
}

/**
 * What a change would take away of the path that it is made over: reasons for people, empty where it takes nothing. Of a path
 * that the configuration does not show (an address from a DHCP server, a tunnel) nothing can be said, and nothing is.
 */
export function pathProblems(before: Packages, after: Packages, path: ManagementPath): readonly string[] {
  const own = interfacesOf(before).find((section) => addressesOf(section).includes(path.address));
  if (!own) return [];
  // From another of the device's networks, the change comes in there.
  const door = interfacesOf(before).find((section) => subnetHolds(section, path.client)) ?? own;
  const ways = door === own ? [own] : [own, door];
  return [
    ...ways.flatMap((way) => wayProblems(before, after, way, way === own ? path.address : undefined)),
    ...accessProblems(before, after, { own: own.id, door: door.id }, path),
  ];
}

/** @param address what the interface must keep; undefined: all it has */
function wayProblems(before: Packages, after: Packages, way: Section, address: string | undefined): string[] {
  const now = interfacesOf(after).find(({ id }) => id === way.id);
  const kept = address ?? addressesOf(way)[0] ?? "";
  if (!now) return [`network.${way.id}, which has the address ${kept}, is removed`];
  return [...interfaceProblems(way, now, kept), ...deviceProblems(before, after, textOf(way.options.get("device")) ?? "")];
}

function interfaceProblems(before: Section, after: Section, address: string): string[] {
  const name = `network.${before.id}`;
  if (!addressesOf(after).includes(address)) {
    return [`${name} loses the address ${address} (it gets ${addressesOf(after).join(", ") || "none"})`];
  }
  return ["device", "proto", "netmask", "disabled", "auto"]
    .filter((option) => !sameValue(before.options.get(option), after.options.get(option)))
    .map((option) => `${name}.${option} changes`);
}

/** The bridge and the VLAN below an interface: which of the ports a person is behind, nobody knows, so none may go. */
function deviceProblems(before: Packages, after: Packages, device: string): string[] {
  const [bridge = "", tag] = device.split(".");
  return [
    ...portProblems(`the ports of ${bridge}`, bridgePorts(before, bridge), bridgePorts(after, bridge)),
    ...vlanProblems(before, after, bridge, tag),
  ];
}

function vlanProblems(before: Packages, after: Packages, bridge: string, tag: string | undefined): string[] {
  const vlans = (packages: Packages) =>
    ofType(packages, "bridge-vlan").filter(({ options }) => textOf(options.get("device")) === bridge);
  const ports = (packages: Packages) =>
    vlans(packages)
      .filter(({ options }) => textOf(options.get("vlan")) === tag)
      .flatMap(({ options }) => wordsOf(options.get("ports")));
  if (tag !== undefined) return portProblems(`the ports of VLAN ${tag} on ${bridge}`, ports(before), ports(after));
  if (vlans(before).length > 0 || vlans(after).length === 0) return [];
  return [`${bridge} gets VLANs, and what has no VLAN on it is cut off`];
}

function portProblems(what: string, before: readonly string[], after: readonly string[]): string[] {
  const gone = before.filter((port) => !after.includes(port));
  return gone.length === 0 ? [] : [`${what} lose ${gone.join(", ")}`];
}

function accessProblems(
  before: Packages,
  after: Packages,
  { own, door }: { readonly own: string; readonly door: string },
  path: ManagementPath,
): string[] {
  const isLetIn = (packages: Packages) => firewallLetsIn(packages, door, path);
  const isHeard = (packages: Packages) => sshListens(packages, own, path.port);
  return [
    ...(isLetIn(before) && !isLetIn(after) ? [`the firewall no longer lets ssh in from ${door} (port ${path.port})`] : []),
    ...(isHeard(before) && !isHeard(after) ? [`the ssh server no longer listens for ${own} at port ${path.port}`] : []),
  ];
}

function interfacesOf(packages: Packages): readonly Section[] {
  return ofType(packages, "interface");
}

function ofType(packages: Packages, type: string): readonly Section[] {
  return (packages.get("network") ?? []).filter((section) => section.type === type);
}

/** `192.168.1.1` of `192.168.1.1/24`. */
function addressesOf({ options }: Section): readonly string[] {
  return wordsOf(options.get("ipaddr")).map((address) => address.split("/")[0] ?? "");
}

/** Whether an address is in the network of an interface; a WireGuard one has `addresses`. */
function subnetHolds({ options }: Section, address: string): boolean {
  const netmask = textOf(options.get("netmask"));
  const own = wordsOf(options.get("ipaddr") ?? options.get("addresses"));
  return own.some((text) => {
    const [base = "", prefix] = text.split("/");
    const size = prefix === undefined ? 2 ** 32 - numberOf(netmask ?? "255.255.255.255") : 2 ** (32 - Number(prefix));
    return address !== "" && Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
  });
}

function numberOf(address: string): number {
  return address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
}

function bridgePorts(packages: Packages, bridge: string): readonly string[] {
  return ofType(packages, "device")
    .filter(({ options }) => textOf(options.get("name")) === bridge)
    .flatMap(({ options }) => wordsOf(options.get("ports")));
}
