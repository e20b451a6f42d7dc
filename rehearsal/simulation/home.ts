/** The home network of a simulated lab, for tests and scenes that declare routers: one flat network around the Pis. */
import type { Instance } from "./instance.ts";

/** A public key of WireGuard; nobody has the private one. */
const PHONE_KEY = "laDJg05wF+2zHIFCQeCZREzqq4luKr+eIV1Z8thk6Xk=";

/** What stands under a key of `Pulumi.yaml`. */
type Value = Readonly<Record<string, unknown>>;

/** `homelab:network` and `homelab:routers` as a person would write them for the simulated routers. */
export function simulatedHome(instance: Instance): { readonly network: Value; readonly routers: Value } {
  const network = {
    country: "DE",
    timezone: { name: "Europe/Berlin", rule: "CET-1CEST,M3.5.0,M10.5.0/3" },
    vlans: { lan: { id: 1, kind: "home", subnet: instance.subnet, pool: "100-199" } },
    leases: { laptop: { mac: "02:00:5e:10:00:30", address: instance.subnet.replace("0/24", "30") } },
    wifi: { home: { ssid: "galactica", vlan: "lan" } },
    wireguard: { subnet: "10.95.0.0/24", peers: { phone: { address: "10.95.0.2", publicKey: PHONE_KEY } } },
  };
  const ports = { lan1: { untagged: "lan" }, lan2: { untagged: "lan" } };
  const radios = { radio0: { band: "2g", channel: 1, mode: "HE20" }, radio1: { band: "5g", channel: 36, mode: "HE80" } };
  // A router fresh from its box has no VLANs yet: the first change is one of the way to it.
  const common = { ports, radios, confirmWithinSeconds: 10, allowManagementPathChange: true };
  const routers = instance.routers.map(({ name, address }, index): [string, Value] => [
    name,
    index === 0 ? { role: "router", address, wan: { device: "wan" }, ...common } : { role: "access-point", address, ...common },
  ]);
  return { network, routers: Object.fromEntries(routers) };
}
