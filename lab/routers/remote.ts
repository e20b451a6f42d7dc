import { sortedNames } from "../names.ts";
import type { NetworkConfig } from "./model.ts";
import { routedOf, WIREGUARD } from "./networks.ts";
import { type Part, section, sectionName, software } from "./part.ts";
import { peerPublicKey, peerSecret, WIREGUARD_KEY } from "./secrets.ts";

/** WireGuard: how people come in from outside. */
export function wireguard({ wireguard: config }: NetworkConfig): readonly Part[] {
  if (!config) return [];
  const { router, prefix } = routedOf(config.subnet);
  const own = { proto: "wireguard", listen_port: String(config.port), addresses: [`${router}/${prefix}`] };
  const peers = sortedNames(config.peers).flatMap((name) => {
    const peer = config.peers[name];
    if (!peer) return [];
    const options = { description: name, allowed_ips: [`${peer.address}/32`], route_allowed_ips: "1" };
    const shared = { preshared_key: peerSecret(name) };
    const own = { public_key: peer.publicKey };
    // Of a peer whose key the lab makes, nobody knows the public one yet.
    const extras = peer.publicKey
      ? { match: { public_key: peer.publicKey }, secrets: shared }
      : { match: { description: name }, secrets: { ...shared, public_key: peerPublicKey(name) } };
    const key = `network.${sectionName("peer", name)}`;
    return [section(key, `wireguard_${WIREGUARD}`, peer.publicKey ? { ...options, ...own } : options, extras)];
  });
  return [
    section(`network.${WIREGUARD}`, "interface", own, { secrets: { private_key: WIREGUARD_KEY } }),
    ...peers,
    software("wireguard-tools", "kmod-wireguard"),
  ];
}
