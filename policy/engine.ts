import { type PlannedResource, UNKNOWN } from "./policy.ts";

/** What the engine writes in place of a value that only the update makes; secrets it writes as `[secret]`. */
const ENGINE_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource as `pulumi preview --json` and the engine's event log have it: of a step, the new state. */
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
  const plain = JSON.parse(JSON.stringify(inputs), (_, value) => (value === ENGINE_UNKNOWN ? UNKNOWN : value));
  return { type, name, inputs: plain };
}
