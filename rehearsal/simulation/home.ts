/** The home networks of a simulated lab, for tests and scenes that declare routers. */
import type { Instance } from "./instance.ts";

/** A public key of WireGuard; nobody has the private one. */
const PHONE_KEY = "laDJg05wF+2zHIFCQeCZREzqq4luKr+eIV1Z8thk6Xk=";

/** What stands under a key of `Pulumi.yaml`. */
type Value = Readonly<Record<string, unknown>>;

/** `homelab:network` and `homelab:routers` as a person would write them for the simulated routers. */
export interface SimulatedHome {
  readonly network: Value;
  readonly routers: Value;
}

/** One flat network around the Pis. */
export function flatHome(instance: Instance): SimulatedHome {
  return homeOf(instance, {
    vlans: { lan: { id: 1, kind: "home", subnet: instance.subnet, pool: "100-199" } },
    leases: { laptop: { mac: "02:00:5e:10:00:30", address: instance.subnet.replace("0/24", "30") } },
    wifi: { home: { ssid: "galactica", vlan: "lan" } },
    ports: { lan1: { untagged: "lan" }, lan2: { untagged: "lan" } },
  });
}

/**
 * VLANs from the beginning, as in the repository's `Pulumi.yaml`. What the routers' cable carries without a tag is the management;
 * this machine is at its console. The Pis are not moved: nobody would give them other addresses.
 */
export function vlanHome(instance: Instance): SimulatedHome {
  const vlans = instance.wires.map(({ tag, subnet }): [string, Value] => {
    if (tag === MANAGEMENT) return ["management", { id: tag, kind: "management", subnet: instance.subnet }];
    const kind = KINDS[tag] ?? "storage";
    return [kind, { id: tag, kind, ...(kind === "storage" ? {} : { subnet, pool: "100-199" }) }];
  });
  const tagged = vlans.flatMap(([name]) => (name === "management" ? [] : [name]));
  return homeOf(instance, {
    vlans: Object.fromEntries(vlans),
    leases: { console: { mac: "02:00:5e:10:00:31", address: instance.gateway } },
    operators: ["console"],
    wifi: { home: { ssid: "galactica", vlan: "users" } },
    ports: { lan1: { untagged: "management", tagged } },
  });
}

/** The VLANs that there are wires for. */
const MANAGEMENT = 10;
const KINDS: Readonly<Record<number, string>> = { 20: "servers", 30: "users", 40: "iot" };

function homeOf(instance: Instance, { ports, ...differing }: Value): SimulatedHome {
  const network = {
    country: "DE",
    timezone: { name: "Europe/Berlin", rule: "CET-1CEST,M3.5.0,M10.5.0/3" },
    wireguard: { subnet: "10.95.0.0/24", peers: { phone: { address: "10.95.0.2", publicKey: PHONE_KEY } } },
    ...differing,
  };
  const radios = { radio0: { band: "2g", channel: 1, mode: "HE20" }, radio1: { band: "5g", channel: 36, mode: "HE80" } };
  // A router fresh from its box has no VLANs yet: the first change is one of the way to it.
  const common = { ports, radios, confirmWithinSeconds: 15, allowManagementPathChange: true };
  const routers = instance.routers.map(({ name, address }, index): [string, Value] => [
    name,
    index === 0 ? { role: "router", address, wan: { device: "wan" }, ...common } : { role: "access-point", address, ...common },
  ]);
  return { network, routers: Object.fromEntries(routers) };
}
