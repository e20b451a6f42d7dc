import { addressNumber, holds, prefixLength, rangeOf } from "../../lab/network.ts";
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
  const own = wayBy(before, ({ address }) => address === path.address);
  if (!own) return [];
  // From another of the device's networks, the change comes in there.
  const door = wayBy(before, (subnet) => isIn(subnet, path.client)) ?? own;
  const problems = [own, door].flatMap((way) => wayProblems(before, after, way));
  return [...new Set([...problems, ...accessProblems(before, after, { own: own.section.id, door: door.section.id }, path)])];
}

/** An interface, and which of its addresses the change needs. */
interface Way {
  readonly section: Section;
  readonly subnet: Subnet;
}

function wayBy(packages: Packages, isOn: (subnet: Subnet) => boolean): Way | undefined {
  return interfacesOf(packages)
    .flatMap((section) => subnetsOf(section).map((subnet) => ({ section, subnet })))
    .find(({ subnet }) => isOn(subnet));
}

function wayProblems(before: Packages, after: Packages, { section, subnet }: Way): string[] {
  const now = interfacesOf(after).find(({ id }) => id === section.id);
  if (!now) return [`network.${section.id}, which has the address ${subnet.address}, is removed`];
  const device = textOf(section.options.get("device")) ?? "";
  return [...interfaceProblems(section, now, subnet), ...deviceProblems(before, after, device)];
}

function interfaceProblems(before: Section, after: Section, { address, prefix }: Subnet): string[] {
  const name = `network.${before.id}`;
  const subnets = subnetsOf(after);
  const now = subnets.find((subnet) => subnet.address === address);
  if (!now) {
    return [`${name} loses the address ${address} (it gets ${subnets.map((subnet) => subnet.address).join(", ") || "none"})`];
  }
  return [
    ...(now.prefix === prefix ? [] : [`the network of ${name} changes from ${address}/${prefix} to /${now.prefix}`]),
    ...["device", "proto", "disabled", "auto"]
      .filter((option) => !sameValue(before.options.get(option), after.options.get(option)))
      .map((option) => `${name}.${option} changes`),
  ];
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

/** `192.168.1.1/24`. */
interface Subnet {
  readonly address: string;
  readonly prefix: number;
}

/** The addresses of an interface, however they are written; a WireGuard one has `addresses`. */
function subnetsOf({ options }: Section): readonly Subnet[] {
  const netmask = textOf(options.get("netmask")) ?? "255.255.255.255";
  return wordsOf(options.get("ipaddr") ?? options.get("addresses")).map((text) => {
    const [address = "", prefix] = text.split("/");
    return { address, prefix: prefix === undefined ? prefixLength(netmask) : Number(prefix) };
  });
}

/** Whether a client is in a subnet; one that is unknown, or has an IPv6 address, is in none. */
function isIn({ address, prefix }: Subnet, client: string): boolean {
  return client !== "" && holds(rangeOf(`${address}/${prefix}`), addressNumber(client));
}

function bridgePorts(packages: Packages, bridge: string): readonly string[] {
  return ofType(packages, "device")
    .filter(({ options }) => textOf(options.get("name")) === bridge)
    .flatMap(({ options }) => wordsOf(options.get("ports")));
}
