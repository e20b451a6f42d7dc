import { sortedNames } from "../names.ts";
import type { NetworkConfig } from "./model.ts";
import { routedOf, WIREGUARD } from "./networks.ts";
import { type Part, section, sectionName, software } from "./part.ts";
import { peerSecret, WIREGUARD_KEY } from "./secrets.ts";

/** WireGuard: how people come in from outside. */
export function wireguard({ wireguard: config }: NetworkConfig): readonly Part[] {
  if (!config) return [];
  const { router, prefix } = routedOf(config.subnet);
  const own = { proto: "wireguard", listen_port: String(config.port), addresses: [`${router}/${prefix}`] };
  const peers = sortedNames(config.peers).flatMap((name) => {
    const peer = config.peers[name];
    if (!peer) return [];
    const options = {
      description: name,
      public_key: peer.publicKey,
      allowed_ips: [`${peer.address}/32`],
      route_allowed_ips: "1",
    };
    const extras = { match: { public_key: peer.publicKey }, secrets: { preshared_key: peerSecret(name) } };
    return [section(`network.${sectionName("peer", name)}`, `wireguard_${WIREGUARD}`, options, extras)];
  });
  return [
    section(`network.${WIREGUARD}`, "interface", own, { secrets: { private_key: WIREGUARD_KEY } }),
    ...peers,
    software("wireguard-tools", "kmod-wireguard"),
  ];
}
