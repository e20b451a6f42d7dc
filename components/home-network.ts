import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { wireguardPrivateKey, wireguardPublicKey, wireguardSharedKey } from "../lab/routers/keys.ts";
import type { PlannedRouter } from "../lab/routers/plan.ts";
import {
  isPeerSecret,
  isPrivateKey,
  isWifiSecret,
  mustBeGiven,
  privateKeyOf,
  secretsFor,
  WIREGUARD_KEY,
} from "../lab/routers/secrets.ts";
import { Router } from "./router.ts";
import type { Secrets } from "./secrets.ts";

/** Letters and digits of a Wi-Fi's passphrase, which people type, and of what nobody does. Both are beyond guessing. */
const TYPED = 20;
const UNTYPED = 64;

/** The home network: the routers, one after the other, and the secrets that they share. */
export class HomeNetwork extends pulumi.ComponentResource {
  /** For whoever has to come after a change that may cut the connection. */
  readonly routers: readonly Router[];
  /** What people need to join the network: secret. */
  readonly outputs: Readonly<Record<string, pulumi.Output<unknown>>>;

  /**
   * @param routers in the order in which they are changed
   * @param given secrets that the person gave; all others are made
   */
  constructor(name: string, routers: readonly PlannedRouter[], given: Secrets, options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:HomeNetwork", name, {}, options);
    const names = [...new Set(routers.flatMap(({ part }) => secretsFor(part)))].sort();
    const made: Secrets = Object.fromEntries(names.map((secret) => [secret, given[secret] ?? this.secret(secret)]));
    const secrets = { ...made, ...publicKeys(routers, made) };
    const all: Router[] = [];
    for (const router of routers) {
      all.push(new Router(router.name, { router, secrets }, { parent: this, dependsOn: all.slice(-1) }));
    }
    this.routers = all;
    this.outputs = outputsOf(secrets);
    this.registerOutputs({});
  }

  /** Made once, and kept by the state. Not as `RandomBytes`: its id, which nothing encrypts, is the secret itself. */
  private secret(name: string): pulumi.Output<string> {
    const length = isWifiSecret(name) ? TYPED : UNTYPED;
    const { result } = new random.RandomPassword(name, { length, special: false }, { parent: this });
    if (isPrivateKey(name)) return pulumi.secret(result.apply(wireguardPrivateKey));
    return pulumi.secret(isPeerSecret(name) ? result.apply(wireguardSharedKey) : result);
  }
}

/** The public keys that routers need, of the private ones. */
function publicKeys(routers: readonly PlannedRouter[], secrets: Secrets): Secrets {
  const names = routers.flatMap(({ part }) => Object.values(part.secrets));
  const entries = names.flatMap((name): [string, pulumi.Output<string>][] => {
    const key = secrets[privateKeyOf(name) ?? ""];
    return key ? [[name, pulumi.secret(key.apply(wireguardPublicKey))]] : [];
  });
  return Object.fromEntries(entries);
}

/** What people need: all secrets but those of a single router, and of the router's own WireGuard key the public half, for its peers. */
function outputsOf({ [WIREGUARD_KEY]: key, ...others }: Secrets): HomeNetwork["outputs"] {
  const secrets = Object.fromEntries(Object.entries(others).filter(([name]) => !mustBeGiven(name)));
  if (!key && Object.keys(secrets).length === 0) return {};
  const publicKey = key ? { wireguardPublicKey: key.apply(wireguardPublicKey) } : {};
  return { network: pulumi.secret(pulumi.output({ ...secrets, ...publicKey })) };
}
