import type { LabPlan } from "../model.ts";
import { sortedUnique } from "../names.ts";
import { type Access, accessesOf } from "./access.ts";
import type { RoutersConfig, WireguardConfig } from "./model.ts";
import { networksOf, REMOTE, routedOf, zoneOf } from "./networks.ts";

/** Keys of a peer's WireGuard. */
export interface PeerKeys {
  /** Undefined for a device that keeps its own. */
  readonly privateKey: string | undefined;
  readonly presharedKey: string;
  /** The router's public one. */
  readonly publicKey: string;
}

/** Routers forget the way back to a silent device within a minute; WireGuard's own advice. */
const KEEPALIVE_SECONDS = 25;

/**
 * WireGuard's configuration for a device that comes in from outside, as its apps read it: from a file or a QR code.
 * Only what the device may reach goes through the tunnel; names are asked of the router.
 *
 * @param name of a peer in the configuration
 */
export function peerConfig(
  name: string,
  plan: LabPlan,
  config: RoutersConfig,
  wireguard: WireguardConfig,
  keys: PeerKeys,
): string {
  const own = wireguard.peers[name]?.address ?? "";
  const { router } = routedOf(wireguard.subnet);
  const key = keys.privateKey ?? "the one that this device keeps to itself";
  return `[Interface]
PrivateKey = ${key}
Address = ${own}/32
DNS = ${router}, ${plan.config.domain}

[Peer]
PublicKey = ${keys.publicKey}
PresharedKey = ${keys.presharedKey}
Endpoint = ${wireguard.endpoint ?? ""}:${wireguard.port}
AllowedIPs = ${[`${router}/32`, ...reachable(own, plan, config)].join(", ")}
PersistentKeepalive = ${KEEPALIVE_SECONDS}
`;
}

/** The ranges of the networks in which a peer may reach anything. */
function reachable(own: string, plan: LabPlan, config: RoutersConfig): readonly string[] {
  const isFor = ({ from }: Access) => from.zone === REMOTE && (from.address === undefined || from.address === own);
  const zones = accessesOf(plan, config)
    .filter(isFor)
    .flatMap(({ to }) => (to.zone === "router" ? zoneOf(to.address ?? "", config) : to.zone) ?? []);
  const names = new Set(zones);
  const networks = networksOf(config.network).filter((network) => names.has(network.interface));
  return sortedUnique(networks.flatMap(({ name }) => config.network.vlans[name]?.subnet ?? []));
}
