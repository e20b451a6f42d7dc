/**
 * The secrets of the home network, by name. The lab makes them, unless they are given: encrypted, as `secret:<name>` in the
 * primary stack's file, for a Wi-Fi whose passphrase everybody at home knows already.
 */

/** The passphrase of a Wi-Fi. */
export const wifiSecret = (name: string): string => `wifi.${name}`;

/** What the access points and the RADIUS server know each other by. */
export const RADIUS_SECRET = "radius";

/** WireGuard: the router's own private key. */
export const WIREGUARD_KEY = "wireguard";

/** WireGuard: the key that the router shares with a peer, besides the pair that each has. */
export const peerSecret = (peer: string): string => `wireguard.${peer}`;

/** WireGuard: the private key of a peer that brings none of its own. */
export const peerKey = (peer: string): string => `${PEER_KEY}${peer}`;

/** WireGuard: the public key of such a peer, which is worked out from the private one. */
export const peerPublicKey = (peer: string): string => `${PEER_PUBLIC_KEY}${peer}`;
const PEER_KEY = "wireguard-key.";
const PEER_PUBLIC_KEY = "wireguard-public.";

/** The name of the private key that a public one is worked out from; undefined for any other secret. */
export function privateKeyOf(name: string): string | undefined {
  return name.startsWith(PEER_PUBLIC_KEY) ? peerKey(name.slice(PEER_PUBLIC_KEY.length)) : undefined;
}

/** A secret that only one router has, at a place such as `wireless.guests.key`. */
export const ownSecret = (router: string, place: string): string => `own.${router}.${place}`;

/** Whether people type it into their phones. */
export function isWifiSecret(name: string): boolean {
  return name.startsWith(wifiSecret(""));
}

/** Whether it is one that a peer shares with the router. */
export function isPeerSecret(name: string): boolean {
  return name.startsWith(peerSecret(""));
}

/** Whether it is a private key of WireGuard. */
export function isPrivateKey(name: string): boolean {
  return name === WIREGUARD_KEY || name.startsWith(PEER_KEY);
}

/** Whether the lab cannot make it: nobody but the person knows what the router had. */
export function mustBeGiven(name: string): boolean {
  return name.startsWith("own.");
}

/** Names of the secrets that a part needs, each once: of public keys the private ones. */
export function secretsFor({ secrets }: { readonly secrets: Readonly<Record<string, string>> }): readonly string[] {
  return [...new Set(Object.values(secrets).map((name) => privateKeyOf(name) ?? name))];
}

/** What is wrong with a secret that was given, or undefined. The value is not in the answer. */
export function secretProblem(name: string, value: string): string | undefined {
  if (isWifiSecret(name) && !/^[\x20-\x7e]{8,63}$/.test(value) && !/^[0-9a-f]{64}$/i.test(value)) {
    return "is no passphrase of a Wi-Fi: 8 to 63 letters, digits and signs";
  }
  if (privateKeyOf(name) !== undefined) return `is worked out from secret:${privateKeyOf(name)}`;
  if ((isPrivateKey(name) || isPeerSecret(name)) && !/^[A-Za-z0-9+/]{43}=$/.test(value)) {
    return "is no key of WireGuard (wg genkey, wg genpsk)";
  }
  return undefined;
}
