import { type Packages, type Section, sameValue, textOf, wordsOf } from "./model.ts";
import { firewallLetsIn, sshListens } from "./ssh-access.ts";

/** The way that a change comes to the device. */
export interface ManagementPath {
  /** The device's address as the device knows it. */
  readonly address: string;
  readonly port: number;
}

/**
 * What a change would take away of the path that it is made over: reasons for people, empty where it takes nothing. Of a path
 * that the configuration does not show (an address from a DHCP server, a tunnel) nothing can be said, and nothing is.
 */
export function pathProblems(before: Packages, after: Packages, { address, port }: ManagementPath): readonly string[] {
  const interfaces = interfacesOf(before);
  const way = interfaces.find((section) => addressesOf(section).includes(address));
  if (!way) return [];
  const now = interfacesOf(after).find(({ id }) => id === way.id);
  if (!now) return [`network.${way.id}, which has the address ${address}, is removed`];
  return [
    ...interfaceProblems(way, now, address),
    ...deviceProblems(before, after, textOf(way.options.get("device")) ?? ""),
    ...accessProblems(before, after, way.id, port),
  ];
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

function accessProblems(before: Packages, after: Packages, network: string, port: number): string[] {
  const lost = (check: typeof sshListens) => check(before, network, port) && !check(after, network, port);
  return [
    ...(lost(firewallLetsIn) ? [`the firewall no longer lets ssh in from ${network} (port ${port})`] : []),
    ...(lost(sshListens) ? [`the ssh server no longer listens for ${network} at port ${port}`] : []),
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

function bridgePorts(packages: Packages, bridge: string): readonly string[] {
  return ofType(packages, "device")
    .filter(({ options }) => textOf(options.get("name")) === bridge)
    .flatMap(({ options }) => wordsOf(options.get("ports")));
}
