import { hashOf } from "./canonical.ts";
import type { LabConfig, PlannedHost } from "./model.ts";
import { compare } from "./names.ts";

/**
 * SHA-256 (hex) of what hosts must agree on to work together: who is where, at which address and port, and who may call whom.
 * Images, limits, volumes and settings concern one host; a change of them must not send a person to apply the other stack.
 */
export function agreementHash(config: LabConfig, hosts: readonly PlannedHost[]): string {
  return hashOf({
    domain: config.domain,
    primary: config.primary,
    hosts: hosts.map(({ name, config: { address }, nodeExporter, workloads }) => ({
      name,
      address,
      nodeExporter: { port: nodeExporter.port, clients: nodeExporter.clients },
      workloads: [...workloads]
        .sort((a, b) => compare(a.name, b.name))
        .map(({ name, identity, ports, calls }) => ({
          ...{ name, identity, calls },
          ports: ports.map(({ name, number, protocol, access, clients }) => ({ name, number, protocol, access, clients })),
        })),
    })),
  });
}
