import type { LabPlan, PlacedWorkload } from "../model.ts";
import { sortedNames } from "../names.ts";
import type { NetworkKind, RoutersConfig } from "./model.ts";
import { networksOf, REMOTE, WAN, zoneOf } from "./networks.ts";

/** The port of a router's metrics. */
export const METRICS_PORT = 9100;

/** One exception: something that a zone's rule would forbid, and why it is let through. */
export interface Access {
  /** For people, and the name of the firewall's rule. */
  readonly reason: string;
  /** What tells it from all others, where the reason is a person's own words: these may be in any script, or the same twice. */
  readonly key?: string;
  readonly from: { readonly zone: string; readonly address?: string };
  /** `router`: the router itself. */
  readonly to: { readonly zone: string | "router"; readonly address?: string };
  readonly protocols: readonly ("tcp" | "udp")[];
  /** None: all ports. */
  readonly port?: number;
}

/** Whom all of a zone may reach: what a kind of network is for. */
export const REACHES: Readonly<Record<NetworkKind, readonly (NetworkKind | typeof WAN)[]>> = {
  management: [],
  servers: [],
  users: [WAN],
  iot: [WAN],
  storage: [],
  // What moves out of it into VLANs of its own must be reached on the way.
  home: [WAN, "servers", "management"],
};

/** Every exception that the lab needs, from the plan and the configuration, in a fixed order. */
export function accessesOf(plan: LabPlan, config: RoutersConfig): readonly Access[] {
  const all = [
    ...operators(plan, config),
    ...people(plan, config),
    ...things(plan, config),
    ...metrics(plan, config),
    ...outwards(config),
    ...fromRouters(config),
  ];
  const kinds = new Map(networksOf(config.network).map((network) => [network.interface, network.kind]));
  const isAllowed = ({ from, to }: Access) => {
    const reached = REACHES[kinds.get(from.zone) ?? "storage"];
    // Within a network nothing passes the router.
    return from.zone === to.zone || reached.some((kind) => kind === (to.zone === WAN ? WAN : kinds.get(to.zone)));
  };
  return all.filter((access) => !isAllowed(access));
}

function zonesOf({ network }: RoutersConfig, kinds: readonly NetworkKind[]): readonly string[] {
  return networksOf(network)
    .filter(({ kind, routed }) => kinds.includes(kind) && routed !== undefined)
    .map(({ interface: name }) => name);
}

/** The one device that routes, by its addresses. */
function isRouter(address: string, { routers, network }: RoutersConfig): boolean {
  const router = Object.values(routers).find(({ role }) => role === "router");
  return address === router?.address || networksOf(network).some(({ routed }) => routed?.router === address);
}

function destination(address: string, config: RoutersConfig): Access["to"] {
  if (isRouter(address, config)) return { zone: "router", address };
  return { zone: zoneOf(address, config) ?? WAN, address };
}

/** Where a person sits who may ssh: a lease or a peer. */
export function operatorAddress(name: string, { network }: RoutersConfig): string | undefined {
  return network.leases[name]?.address ?? network.wireguard?.peers[name]?.address;
}

function operators(plan: LabPlan, config: RoutersConfig): Access[] {
  const routers = sortedNames(config.routers).map((name) => ({ name, target: config.routers[name] }));
  const targets = [...routers, ...plan.hosts.map(({ name, config: target }) => ({ name, target }))];
  return config.network.operators.flatMap((operator) => {
    const address = operatorAddress(operator, config);
    const zone = address === undefined ? undefined : zoneOf(address, config);
    if (address === undefined || zone === undefined) return [];
    return targets.flatMap(({ name, target }): Access[] => {
      if (!target) return [];
      const to = destination(target.address, config);
      return [{ reason: `${operator}: ssh to ${name}`, from: { zone, address }, to, protocols: ["tcp"], port: target.sshPort }];
    });
  });
}

/** People, at home or away, to what the lab offers them. */
function people(plan: LabPlan, config: RoutersConfig): Access[] {
  const zones = [...zonesOf(config, ["users"]), ...(config.network.wireguard ? [REMOTE] : [])];
  return plan.workloads.flatMap(({ name, host, ports }) =>
    ports
      .filter(({ access }) => access === "people")
      .flatMap(({ address, number, protocol, name: port }) =>
        zones.map((zone): Access => {
          const to = destination(address, config);
          return { reason: `${zone}: ${name} on ${host} (${port})`, from: { zone }, to, protocols: [protocol], port: number };
        }),
      ),
  );
}

/** Things to the broker, and Home Assistant to the things. */
function things(plan: LabPlan, config: RoutersConfig): Access[] {
  const named = (name: string): readonly PlacedWorkload[] => plan.workloads.filter((workload) => workload.name === name);
  return zonesOf(config, ["iot"]).flatMap((zone) => [
    ...named("mosquitto").flatMap(({ ports }) =>
      ports.map(({ address, number, protocol, name }): Access => {
        const to = destination(address, config);
        return { reason: `${zone}: devices to the broker (${name})`, from: { zone }, to, protocols: [protocol], port: number };
      }),
    ),
    ...named("home-assistant").map(({ address }): Access => {
      const from = { zone: zoneOf(address, config) ?? WAN, address };
      return { reason: `Home Assistant to devices in ${zone}`, from, to: { zone }, protocols: ["tcp", "udp"] };
    }),
  ]);
}

/** Prometheus to the routers' metrics. */
function metrics(plan: LabPlan, config: RoutersConfig): Access[] {
  const readers = plan.workloads.filter(({ name }) => name === "prometheus");
  return readers.flatMap(({ address }) =>
    sortedNames(config.routers).map((name): Access => {
      const from = { zone: zoneOf(address, config) ?? WAN, address };
      const to = destination(config.routers[name]?.address ?? "", config);
      return { reason: `metrics of ${name}`, from, to, protocols: ["tcp"], port: METRICS_PORT };
    }),
  );
}

function outwards(config: RoutersConfig): Access[] {
  const { outwards: all } = config.network;
  return zonesOf(config, ["servers"]).flatMap((zone) =>
    sortedNames(all).flatMap((name): Access[] => {
      const outward = all[name];
      if (!outward) return [];
      const { reason, protocol, port, address } = outward;
      const to = address === undefined ? { zone: WAN } : { zone: WAN, address };
      const key = `outward ${zone} ${name}`;
      return [{ reason: `${zone}: ${reason}`, key, from: { zone }, to, protocols: [protocol], port }];
    }),
  );
}

/** Access points to what the lab does for them (logs, who may join the Wi-Fi), and to OpenWrt's packages. */
function fromRouters(config: RoutersConfig): Access[] {
  const { syslog, radius } = config.network;
  const points = sortedNames(config.routers).filter((name) => config.routers[name]?.role === "access-point");
  return points.flatMap((name) => {
    const address = config.routers[name]?.address ?? "";
    const from = { zone: zoneOf(address, config) ?? WAN, address };
    const udp = (reason: string, target: { address: string; port: number }): Access => {
      return { reason, from, to: destination(target.address, config), protocols: ["udp"], port: target.port };
    };
    const packages: Access = { reason: `${name}: packages of OpenWrt`, from, to: { zone: WAN }, protocols: ["tcp"], port: 443 };
    return [
      packages,
      ...(syslog ? [udp(`logs of ${name}`, syslog)] : []),
      ...(radius ? [udp(`${name} asks who may join the Wi-Fi`, radius)] : []),
    ];
  });
}
