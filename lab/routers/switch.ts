import type { RouterConfig } from "./model.ts";
import { BRIDGE, type Network } from "./networks.ts";
import { type Part, section, type UciValue } from "./part.ts";

/** The bridge of a router's ports, and its VLANs (DSA): which port carries which, with a tag or without. */
export function bridge({ ports }: RouterConfig, networks: readonly Network[]): readonly Part[] {
  const names = Object.keys(ports).sort();
  return [
    section(
      "network.bridge",
      "device",
      { name: BRIDGE, type: "bridge", ports: names },
      { match: { name: BRIDGE }, released: "restore" },
    ),
    ...networks.map((network) => bridgeVlan(network, names, ports)),
  ];
}

function bridgeVlan({ id, name }: Network, names: readonly string[], ports: RouterConfig["ports"]): Part {
  const members = names.flatMap((port) => {
    // `*` makes it the VLAN of what comes in without a tag.
    if (ports[port]?.untagged === name) return [`${port}:u*`];
    return ports[port]?.tagged.includes(name) ? [`${port}:t`] : [];
  });
  const match = { device: BRIDGE, vlan: String(id) };
  return section(`network.vlan${id}`, "bridge-vlan", { ...match, ports: members }, { match });
}

/** The router's own interface in a VLAN, at which it routes. */
export function routerInterface({ interface: name, device, routed }: Network): Part {
  return section(`network.${name}`, "interface", { device, ...addressing(routed?.router, routed?.netmask) });
}

/**
 * An access point's interface in a VLAN: only a way for Wi-Fi to get there, but for the network of its own address.
 * @param own the access point's address and the router's, in the network that it is managed in
 */
export function accessPointInterface(
  { interface: name, device, routed }: Network,
  own?: { address: string; router: string },
): Part {
  const address = addressing(own?.address, routed?.netmask);
  return section(`network.${name}`, "interface", {
    device,
    ...address,
    ...(own ? { gateway: own.router, dns: [own.router] } : {}),
  });
}

function addressing(address: string | undefined, netmask = ""): Readonly<Record<string, UciValue>> {
  return address === undefined ? { proto: "none" } : { proto: "static", ipaddr: address, netmask };
}
