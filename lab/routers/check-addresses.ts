import type { ConfigProblem, LabPlan } from "../model.ts";
import { hostName, pageName, sortedNames } from "../names.ts";
import { addressNumber, overlap, rangeOf } from "../network.ts";
import { operatorAddress } from "./access.ts";
import type { RoutersConfig } from "./model.ts";
import { networksOf, REMOTE, zoneOf } from "./networks.ts";
import { hostAddress } from "./plan.ts";
import { problem } from "./problem.ts";

/** Everything with a fixed address, under the path that it is written at. */
function fixedAddresses(plan: LabPlan, { network, routers }: RoutersConfig): { path: string; name: string; address: string }[] {
  return [
    ...plan.hosts.map(({ name, config }) => ({ path: `hosts.${name}.address`, name, address: config.address })),
    ...sortedNames(routers).map((name) => ({ path: `routers.${name}.address`, name, address: routers[name]?.address ?? "" })),
    ...sortedNames(network.leases).map((name) => {
      return { path: `network.leases.${name}.address`, name, address: network.leases[name]?.address ?? "" };
    }),
  ];
}

/** Whether everything with a fixed address has one of its own, in a network, and not among those given to others. */
export function checkLeases(plan: LabPlan, config: RoutersConfig): ConfigProblem[] {
  const { leases } = config.network;
  const names = sortedNames(leases);
  const macs = names.map((name) => leases[name]?.mac.toLowerCase());
  const fixed = fixedAddresses(plan, config);
  return [
    ...checkLeaseNames(plan, names),
    ...names.flatMap((name, index) => {
      const twin = macs.indexOf(leases[name]?.mac.toLowerCase());
      if (twin === index) return [];
      const remedy = "Each device has its own; look at its label.";
      return [problem(`network.leases.${name}.mac`, leases[name]?.mac, `is that of ${names[twin]} too`, remedy)];
    }),
    ...fixed.flatMap(({ path, name, address }, index) => {
      // A Pi may have a lease: that is how it gets its address.
      const twin = fixed.slice(0, index).find((other) => other.address === address && other.name !== name);
      return [
        ...(twin ? [problem(path, address, `is that of ${twin.name} too`, "Give each device an address of its own.")] : []),
        ...checkPlace(path, name, address, config),
      ];
    }),
  ];
}

/** Whether no device has a name that the lab needs: its pages would be looked for there. */
function checkLeaseNames({ workloads, config }: LabPlan, names: readonly string[]): ConfigProblem[] {
  const taken = new Map(
    workloads.flatMap(({ name, identity, definition: { page } }) => [
      [identity, name] as const,
      ...(page ? [[pageName(page.name, config), `the page of ${name}`] as const] : []),
    ]),
  );
  return names.flatMap((name) => {
    const owner = taken.get(hostName(name, config));
    if (owner === undefined) return [];
    return [problem(`network.leases.${name}`, undefined, `has the name of ${owner}`, "Give the device another name.")];
  });
}

/** Whether a fixed address lies in a network of the home, outside of what is given to others. */
function checkPlace(path: string, name: string, address: string, config: RoutersConfig): ConfigProblem[] {
  const zone = zoneOf(address, config);
  if (zone === undefined || zone === REMOTE) {
    return [problem(path, address, "lies in none of the networks (homelab:network.vlans)", "Take an address in one of them.")];
  }
  const network = networksOf(config.network).find((one) => one.interface === zone);
  const number = addressNumber(address) - (network?.routed?.range.first ?? 0);
  const isRouter = config.routers[name]?.role === "router";
  if (number === 1 && !isRouter) return [problem(path, address, `is the router's own in ${zone}`, "Take another one.")];
  const size = (network?.routed?.range.last ?? 0) - (network?.routed?.range.first ?? 0);
  if (number === 0 || number === size) {
    return [
      problem(
        path,
        address,
        `is the ${number === 0 ? "first" : "last"} of ${zone}, which no device may have`,
        "Take another one.",
      ),
    ];
  }
  const { pool } = network ?? {};
  if (pool && pool.first <= number && number <= pool.last) {
    const given = `${pool.first} to ${pool.last}`;
    return [
      problem(path, address, `may be given to any device that asks (${given} in ${zone})`, "Take one outside of the pool."),
    ];
  }
  return [];
}

/** Whether operators are somebody, and peers have addresses. */
export function checkPeople(config: RoutersConfig): ConfigProblem[] {
  const { operators, wireguard, leases } = config.network;
  const peers = wireguard?.peers ?? {};
  const range = wireguard ? rangeOf(wireguard.subnet) : undefined;
  const known = [...sortedNames(leases), ...sortedNames(peers)].join(", ");
  const addresses = sortedNames(peers).map((name) => peers[name]?.address);
  return [
    ...operators.flatMap((name, index) =>
      operatorAddress(name, config) === undefined
        ? [problem(`network.operators[${index}]`, name, "is no lease and no WireGuard peer", `They are: ${known}.`)]
        : [],
    ),
    ...sortedNames(peers).flatMap((name, index) => {
      const path = `network.wireguard.peers.${name}.address`;
      const address = peers[name]?.address ?? "";
      const number = addressNumber(address);
      const twin = addresses.indexOf(address);
      const inside = range !== undefined && range.first + 1 < number && number < range.last;
      return [
        ...(inside
          ? []
          : [problem(path, address, `is none for a peer in ${wireguard?.subnet}`, "Take another: the first is the router's.")]),
        ...(twin === index ? [] : [problem(path, address, `is that of ${sortedNames(peers)[twin]} too`, "Give each its own.")]),
      ];
    }),
    ...networksOf(config.network)
      .filter(({ routed }) => range && routed && overlap(range, routed.range))
      .map(({ name }) =>
        problem("network.wireguard.subnet", wireguard?.subnet, `overlaps with that of ${name}`, "Take another."),
      ),
  ];
}

/** Whether each port forward leads to something, and none to two. */
export function checkForwards(plan: LabPlan, config: RoutersConfig): ConfigProblem[] {
  const { forwards, wireguard } = config.network;
  const names = sortedNames(forwards);
  const doors = names.map((name) => `${forwards[name]?.protocol} ${forwards[name]?.port}`);
  return names.flatMap((name, index) => {
    const forward = forwards[name];
    const path = `network.forwards.${name}`;
    const twin = doors.indexOf(doors[index] ?? "");
    const known = [...plan.hosts.map((host) => host.name), ...sortedNames(config.network.leases)].join(", ");
    return [
      ...(forward && hostAddress(forward.host, plan, config) === undefined
        ? [problem(`${path}.host`, forward.host, "is no Pi and no lease", `They are: ${known}.`)]
        : []),
      ...(twin === index ? [] : [problem(`${path}.port`, forward?.port, `is that of ${names[twin]} too`, "Take another port.")]),
      ...(wireguard && doors[index] === `udp ${wireguard.port}`
        ? [problem(`${path}.port`, forward?.port, "is WireGuard's", "Take another port.")]
        : []),
    ];
  });
}
