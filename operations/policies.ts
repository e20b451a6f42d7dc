/** What the policies say of a preview: asked here too, so that they hold where no language host runs the pack. */
import { fileURLToPath } from "node:url";
import { readLab } from "../config/files.ts";
import { planLab } from "../lab/plan.ts";
import { fromEngine } from "../policy/engine.ts";
import { violations } from "../policy/policies.ts";
import type { EngineEvent } from "./engine-events.ts";
import type { Finding } from "./summary/model.ts";

/** Arguments of Pulumi that make it ask the pack as well. */
export const POLICY_PACK: readonly string[] = ["--policy-pack", fileURLToPath(new URL("../policy", import.meta.url))];

/** What violates a policy among all that a preview declares, changed or not; undefined where there was nothing to look at. */
export function findingsOf(folder: string, events: readonly EngineEvent[]): readonly Finding[] | undefined {
  const declared = events.flatMap(({ resourcePreEvent }) => {
    const { op, type, urn, new: state } = resourcePreEvent?.metadata ?? {};
    // With a refresh each resource comes by twice, first as it is asked for: one that is being removed too.
    if (op === undefined || op === "refresh") return [];
    // Pulumi's own (the stack, providers) are there before the program has declared anything.
    return type && urn && state?.inputs && !type.startsWith("pulumi:") ? [{ type, urn, inputs: state.inputs }] : [];
  });
  // A program that failed before it declared anything has said why.
  if (declared.length === 0) return undefined;
  // A replacement has two steps, and its limits count once.
  const last = new Map(declared.map((resource) => [resource.urn, fromEngine(resource)]));
  const found = violations([...last.values()], planLab(readLab(folder).lab));
  return found.map(({ policy, message }) => ({ policy, message, refused: true }));
}
