import type { ConfigProblem } from "../model.ts";
import { sortedNames } from "../names.ts";
import { overlap } from "../network.ts";
import type { NetworkConfig } from "./model.ts";
import { isTaken, type Network, networksOf } from "./networks.ts";
import { problem } from "./problem.ts";

/** Whether each VLAN has a number, a name and a range of its own. */
export function checkVlans(network: NetworkConfig): ConfigProblem[] {
  const networks = networksOf(network);
  return networks.flatMap((one, index) => {
    const path = `network.vlans.${one.name}`;
    const earlier = networks.slice(0, index);
    const problems: ConfigProblem[] = [];
    const twin = earlier.find(({ id }) => id === one.id);
    if (twin) problems.push(problem(`${path}.id`, one.id, `is the VLAN ${twin.name} too`, "Give each VLAN a number of its own."));
    if (isTaken(one.interface)) {
      problems.push(problem(path, undefined, "has a name that routers use themselves", "Give the VLAN another name."));
    }
    if (one.interface.length > 11) {
      problems.push(problem(path, undefined, "has a name that is too long for a firewall zone (11 letters)", "Shorten it."));
    }
    return [...problems, ...checkSubnet(one, earlier, network.vlans[one.name]?.subnet, path)];
  });
}

function checkSubnet(one: Network, earlier: readonly Network[], subnet: string | undefined, path: string): ConfigProblem[] {
  const { routed, pool, kind } = one;
  if (!routed) {
    return kind === "storage"
      ? []
      : [problem(`${path}.subnet`, undefined, "is missing", `Add it: only "storage" is not routed.`)];
  }
  if (kind === "storage") return [problem(`${path}.subnet`, subnet, "is for a network that is not routed", "Remove the line.")];
  const other = earlier.find((candidate) => candidate.routed && overlap(candidate.routed.range, routed.range));
  const size = routed.range.last - routed.range.first;
  return [
    ...(other ? [problem(`${path}.subnet`, subnet, `overlaps with that of ${other.name}`, "Take another range.")] : []),
    ...(pool && (pool.first < 2 || pool.first > pool.last || pool.last >= size)
      ? [problem(`${path}.pool`, pool, "does not lie within the subnet", `Numbers from 2 to ${size - 1}: 1 is the router.`)]
      : []),
  ];
}

/** Whether each Wi-Fi leads somewhere, and is secured in a way that its radios allow. */
export function checkWifi(network: NetworkConfig): ConfigProblem[] {
  return sortedNames(network.wifi).flatMap((name) => {
    const wifi = network.wifi[name];
    const path = `network.wifi.${name}`;
    return [
      ...checkVlanName(`${path}.vlan`, wifi?.vlan, network),
      ...(wifi?.security === "enterprise" && !network.radius
        ? [problem(`${path}.security`, "enterprise", "needs a RADIUS server", "Add homelab:network.radius.")]
        : []),
      ...(wifi?.bands.includes("6g") && wifi.security !== "wpa3" && wifi.security !== "enterprise"
        ? [problem(`${path}.security`, wifi.security, "is not allowed at 6 GHz", 'Take "wpa3", or leave 6g out of bands.')]
        : []),
    ];
  });
}

/** Whether a name is that of a VLAN. */
export function checkVlanName(path: string, value: string | undefined, network: NetworkConfig): ConfigProblem[] {
  if (value === undefined || Object.hasOwn(network.vlans, value)) return [];
  return [problem(path, value, "is no VLAN", `VLANs are: ${sortedNames(network.vlans).join(", ")}.`)];
}
