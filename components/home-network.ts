import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { wireguardPrivateKey, wireguardPublicKey, wireguardSharedKey } from "../lab/routers/keys.ts";
import type { PlannedRouter } from "../lab/routers/plan.ts";
import { WIREGUARD_KEY } from "../lab/routers/remote.ts";
import { isWifiSecret } from "../lab/routers/wireless.ts";
import { Router } from "./router.ts";

/** Letters and digits of a Wi-Fi's passphrase, which people type, and of what nobody does. Both are beyond guessing. */
const TYPED = 20;
const UNTYPED = 64;

type Secrets = Readonly<Record<string, pulumi.Output<string>>>;

/** The home network: the routers, one after the other, and the secrets that they share. */
export class HomeNetwork extends pulumi.ComponentResource {
  /** For whoever has to come after a change that may cut the connection. */
  readonly routers: readonly Router[];
  /** What people need to join the network: secret. */
  readonly outputs: Readonly<Record<string, pulumi.Output<unknown>>>;

  /** @param routers in the order in which they are changed */
  constructor(name: string, routers: readonly PlannedRouter[], options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:HomeNetwork", name, {}, options);
    const names = [...new Set(routers.flatMap(({ part }) => Object.values(part.secrets)))].sort();
    const secrets: Secrets = Object.fromEntries(names.map((secret) => [secret, this.secret(secret)]));
    const made: Router[] = [];
    for (const router of routers) {
      made.push(new Router(router.name, { router, secrets }, { parent: this, dependsOn: made.slice(-1) }));
    }
    this.routers = made;
    this.outputs = outputsOf(secrets);
    this.registerOutputs({});
  }

  /** Made once, and kept by the state. Not as `RandomBytes`: its id, which nothing encrypts, is the secret itself. */
  private secret(name: string): pulumi.Output<string> {
    const length = isWifiSecret(name) ? TYPED : UNTYPED;
    const { result } = new random.RandomPassword(name, { length, special: false }, { parent: this });
    if (name === WIREGUARD_KEY) return pulumi.secret(result.apply(wireguardPrivateKey));
    return pulumi.secret(name.startsWith(`${WIREGUARD_KEY}.`) ? result.apply(wireguardSharedKey) : result);
  }
}

/** All but the router's own private key; of that, the public one, which the peers have to know. */
function outputsOf({ [WIREGUARD_KEY]: key, ...secrets }: Secrets): HomeNetwork["outputs"] {
  if (!key && Object.keys(secrets).length === 0) return {};
  const publicKey = key ? { wireguardPublicKey: key.apply(wireguardPublicKey) } : {};
  return { network: pulumi.secret(pulumi.output({ ...secrets, ...publicKey })) };
}
