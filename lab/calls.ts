import type { Call, Placement, Placements } from "./definition.ts";
import type { PlacedPort } from "./model.ts";
import { compare, healthIdentity, nodeExporterIdentity, sortedUnique } from "./names.ts";

/** A placement with the calls that it makes. */
export interface Caller {
  readonly placement: Placement;
  readonly calls: readonly Call[];
}

/** Everybody's calls. */
export function callersOf(lab: Placements): readonly Caller[] {
  return lab.all.map((placement) => ({ placement, calls: placement.definition.calls(placement, lab) }));
}

/** Whether this is a call of that placement, on any of its ports. */
export function callReaches(call: Call, placement: Placement): boolean {
  return "workload" in call && call.workload === placement.name && call.host === placement.host;
}

/** The ports of a placement, each with those who are let in. */
export function portsOf(self: Placement, lab: Placements, callers: readonly Caller[]): readonly PlacedPort[] {
  const callersOfSelf = callers.filter(({ calls }) => calls.some((call) => callReaches(call, self)));
  return self.definition.ports
    .filter((port) => port.onlyIf === undefined || port.onlyIf(self, lab))
    .map(({ onlyIf: _, furtherClients, ...port }) => {
      const named = callersOfSelf.filter(({ calls }) =>
        calls.some((call) => callReaches(call, self) && "port" in call && call.port === port.name),
      );
      const clients = [
        healthIdentity(self.host, lab.config),
        ...named.map(({ placement }) => placement.identity),
        ...(furtherClients?.(self, lab) ?? []),
      ];
      return {
        ...port,
        containerPort: port.containerPort ?? port.number,
        address: self.address,
        clients: port.access === "people" ? [] : sortedUnique(clients),
      };
    });
}

/** Where a workload finds itself: its own published port is not always reachable from within its own network. */
const LOOPBACK = "127.0.0.1";

/** `/etc/hosts` of a caller: each of those whom it calls once, by name. */
export function hostsOf(caller: Caller, lab: Placements): readonly { readonly name: string; readonly address: string }[] {
  const entries = new Map<string, string>();
  for (const call of caller.calls) {
    if ("service" in call) {
      const host = lab.config.hosts[call.host];
      if (host) entries.set(nodeExporterIdentity(call.host, lab.config), host.address);
    } else {
      const called = lab.all.find((placement) => callReaches(call, placement));
      if (called) entries.set(called.identity, called === caller.placement ? LOOPBACK : called.address);
    }
  }
  return [...entries].map(([name, address]) => ({ name, address })).sort((a, b) => compare(a.name, b.name));
}
