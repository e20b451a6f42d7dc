import { createHash } from "node:crypto";
import type { LabConfig, PlannedHost } from "./model.ts";
import { compare } from "./names.ts";

/**
 * JSON with keys in order, so that two equal values have one text.
 * @param value anything that JSON can hold; undefined members are left out
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    members.sort(([a], [b]) => compare(a, b));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** SHA-256 (hex) of a value, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

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
