/** Whether the router's firewall does what the plan says: a machine in each VLAN tries to reach everything. */
import type { LabPlan } from "../../lab/model.ts";
import { type Access, REACHES } from "../../lab/routers/access.ts";
import type { RoutersConfig } from "../../lab/routers/model.ts";
import { networksOf, WAN, zoneOf } from "../../lab/routers/networks.ts";
import { planRouters } from "../../lab/routers/plan.ts";
import { attempt } from "../../operations/shell.ts";
import type { Lab } from "../simulation/lab.ts";
import { Guest } from "../simulation/plugs.ts";
import { atAddress } from "../simulation/ssh.ts";
import { expect } from "./scene.ts";

/** Something that somebody listens at. */
interface Target {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** Somebody who tries. */
interface Client {
  readonly name: string;
  readonly address: string;
  readonly reaches: (target: Target) => Promise<boolean>;
}

/** Tries everything from everywhere. Returns what came of it, in a line; throws where the firewall does not do as planned. */
export async function tryFirewall(lab: Lab): Promise<string> {
  const plan = lab.plan();
  const { home } = plan.config;
  expect(home !== undefined, "There is no home network in the plan.");
  const guests = new Map<string, Guest>();
  try {
    for (const { name, id, routed, kind } of networksOf(home.network)) {
      if (routed === undefined || kind === "servers") continue;
      // One that no lease knows; in the servers' network a Pi tries itself.
      guests.set(name, await Guest.in(lab.instance, id));
    }
    const clients: Client[] = [laptop(lab, home), ...piClients(lab, plan)];
    for (const [name, guest] of guests) {
      clients.push({
        name: `a guest in ${name}`,
        address: await guest.address(),
        reaches: ({ address, port }) => guest.reaches(address, port),
      });
    }
    return await tryAll(clients, targetsOf(lab, plan, home), plan, home);
  } finally {
    for (const guest of guests.values()) await guest.remove();
  }
}

async function tryAll(
  clients: readonly Client[],
  targets: readonly Target[],
  plan: LabPlan,
  home: RoutersConfig,
): Promise<string> {
  const { accesses } = planRouters(plan, home);
  const wrong: string[] = [];
  let [open, closed] = [0, 0];
  for (const client of clients) {
    for (const target of targets) {
      const allowed = isAllowed(client.address, target, accesses, home);
      if (allowed === undefined) continue;
      const reached = await client.reaches(target);
      if (allowed) open += 1;
      else closed += 1;
      if (reached !== allowed) {
        wrong.push(
          `${client.name} (${client.address}) ${reached ? "reaches" : "does not reach"} ${target.name} (${target.address}:${target.port})`,
        );
      }
    }
  }
  expect(wrong.length === 0, `The firewall does not do what the plan says:\n${wrong.join("\n")}`);
  expect(open > 0 && closed > 0, "Nothing was tried.");
  const vlans = new Set(clients.map(({ address }) => zoneOf(address, home))).size;
  return `The firewall: ${clients.length} machines in ${vlans} VLANs tried ${targets.length} doors; ${open} ways are open, ${closed} are closed, as planned.`;
}

/** Whether the plan lets a TCP connection through; undefined where it does not pass the router. */
function isAllowed(from: string, to: Target, accesses: readonly Access[], home: RoutersConfig): boolean | undefined {
  const routers = Object.values(home.routers);
  const isRouter = routers.some(({ role, address }) => role === "router" && address === to.address);
  const [source, destination] = [zoneOf(from, home), isRouter ? "router" : (zoneOf(to.address, home) ?? WAN)];
  if (source === undefined || source === destination || zoneOf(to.address, home) === source) return undefined;
  const kindOf = (zone: string) => networksOf(home.network).find(({ interface: name }) => name === zone)?.kind ?? WAN;
  const kind = kindOf(source);
  const whole = kind !== WAN && REACHES[kind].some((reached) => reached === (destination === WAN ? WAN : kindOf(destination)));
  const exception = accesses.some(
    (access) =>
      access.from.zone === source &&
      (access.from.address === undefined || access.from.address === from) &&
      access.to.zone === destination &&
      (access.to.address === undefined || access.to.address === to.address) &&
      access.protocols.includes("tcp") &&
      (access.port === undefined || access.port === to.port),
  );
  return (whole && destination !== "router") || exception;
}

/** ssh of all machines, every TCP port of a workload, and the registry, which is the internet here. */
function targetsOf(lab: Lab, plan: LabPlan, home: RoutersConfig): readonly Target[] {
  const ssh = (name: string, address: string): Target => ({ name: `ssh of ${name}`, address, port: 22 });
  return [
    ...Object.entries(home.routers).map(([name, { address }]) => ssh(name, address)),
    ...plan.hosts.map(({ name, config }) => ssh(name, config.address)),
    ...plan.workloads.flatMap(({ name, host, ports }) =>
      ports
        .filter(({ protocol }) => protocol === "tcp")
        .map(({ address, number }) => ({ name: `${name} of ${host}`, address, port: number })),
    ),
    { name: "the registry outside", address: lab.instance.registryAddress, port: 5000 },
  ];
}

/** This machine: by its lease an operator. */
function laptop({ env }: Lab, { network }: RoutersConfig): Client {
  const address = network.leases.laptop?.address ?? "";
  const script = 'exec 3<>"/dev/tcp/$1/$2"';
  return {
    name: "the laptop",
    address,
    reaches: async (target) => {
      const words = ["3", "bash", "-c", script, "bash", target.address, String(target.port)];
      return (await attempt("timeout", words, { env })).status === 0;
    },
  };
}

/** The Pis themselves, from the servers' network. */
function piClients(lab: Lab, plan: LabPlan): readonly Client[] {
  return plan.hosts.map(({ name, config }) => ({
    name,
    address: config.address,
    reaches: async ({ address, port }) =>
      (await atAddress(lab.instance, name, config.address, `timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port}'`)).status ===
      0,
  }));
}
