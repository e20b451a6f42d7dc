import type { LabPlan } from "../model.ts";
import { sortedNames } from "../names.ts";
import { type Access, accessesOf, REACHES } from "./access.ts";
import { SERVICES } from "./firewall.ts";
import type { NetworkKind, RoutersConfig } from "./model.ts";
import { networksOf, REMOTE, WAN } from "./networks.ts";

/** Who may talk to whom: a row for each network as a whole, then one for each exception. The first row is the heading. */
export function accessTable(plan: LabPlan, config: RoutersConfig): readonly (readonly string[])[] {
  const named = namesByAddress(plan, config);
  return [
    ["from", "to", "port", "why"],
    ...networkRows(config),
    ...accessesOf(plan, config).map((access) => accessRow(access, named)),
    ...doorRows(config),
  ];
}

/** What a network of a kind is for, where people read it. */
const KINDS: Readonly<Record<NetworkKind, string>> = {
  management: "routers and switches: locked down, but for what is below",
  servers: "the Pis: no way out, but for what is below",
  users: "people",
  iot: "things",
  storage: "not routed",
  home: "all in one, before there are VLANs",
};

function networkRows({ network }: RoutersConfig): readonly (readonly string[])[] {
  const networks = networksOf(network);
  const title = (name: string, id: number) => `${name} (VLAN ${id})`;
  const routed = networks.filter((one) => one.routed !== undefined).map((one) => one.interface);
  const reaches = networks.map(({ interface: name, id, kind }) => {
    const kinds = REACHES[kind].filter((target) => target !== WAN);
    const zones = networks.filter((other) => kinds.some((target) => target === other.kind)).map((other) => other.interface);
    const targets = [...(REACHES[kind].includes(WAN) ? ["the internet"] : []), ...zones];
    return [title(name, id), targets.join(", ") || "–", targets.length > 0 ? "all" : "–", KINDS[kind]];
  });
  const ports = SERVICES.map(({ name, port }) => `${port} ${name}`).join(", ");
  const asks = [...routed, ...(network.wireguard ? [REMOTE] : [])].join(", ");
  return [...reaches, [asks, "the router", ports, "addresses, names and the time"]];
}

function accessRow({ reason, from, to, protocols, port }: Access, named: (address: string) => string): readonly string[] {
  const place = (zone: string, address: string | undefined) => (address === undefined ? zoneTitle(zone) : named(address));
  const ports = port === undefined ? "all" : `${port}${protocols.join() === "tcp" ? "" : `/${protocols.join("+")}`}`;
  return [place(from.zone, from.address), place(to.zone, to.address), ports, reason];
}

function doorRows({ network: { forwards, wireguard } }: RoutersConfig): readonly (readonly string[])[] {
  return [
    ...sortedNames(forwards).flatMap((name) => {
      const forward = forwards[name];
      if (!forward) return [];
      const { port, protocol, host, hostPort } = forward;
      const leads = port === hostPort ? "" : ` → ${hostPort}`;
      return [["the internet", host, `${port}${protocol === "udp" ? "/udp" : ""}${leads}`, forward.public]];
    }),
    ...(wireguard
      ? [["the internet", "the router", `${wireguard.port}/udp`, "WireGuard: peers come in, known by their keys"]]
      : []),
  ];
}

function zoneTitle(zone: string): string {
  if (zone === WAN) return "the internet";
  return zone === "router" ? "the router" : zone;
}

/** Who has an address: a Pi, a router, a lease, a peer; otherwise the address itself. */
function namesByAddress(plan: LabPlan, { network, routers }: RoutersConfig): (address: string) => string {
  const fixed = { ...network.wireguard?.peers, ...network.leases, ...routers };
  const names = new Map(sortedNames(fixed).map((name) => [fixed[name]?.address ?? "", name]));
  for (const { name, config } of plan.hosts) names.set(config.address, name);
  return (address) => names.get(address) ?? address;
}
