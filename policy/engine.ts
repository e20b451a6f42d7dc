import { UNKNOWN_VALUE } from "../providers/unknown.ts";
import { type PlannedResource, UNKNOWN } from "./policy.ts";

/**
 * A resource as `pulumi preview --json` and the engine's event log have it: of a step, the new state. Secrets are `[secret]` in it
 * already.
 */
export function fromEngine({
  type,
  urn,
  inputs,
}: {
  readonly type: string;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}): PlannedResource {
  const name = urn.split("::").slice(3).join("::");
  const plain = JSON.parse(JSON.stringify(inputs), (_, value) => (value === UNKNOWN_VALUE ? UNKNOWN : value));
  return { type, name, inputs: plain };
}
