/** What the policies say of a preview: asked here too, so that they hold where no language host runs the pack. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readLab } from "../config/files.ts";
import { planLab } from "../lab/plan.ts";
import { fromEngine } from "../policy/engine.ts";
import { violations } from "../policy/policies.ts";
import type { EngineEvent } from "./engine-events.ts";
import type { Project } from "./pulumi.ts";
import type { Finding } from "./summary/model.ts";

/** Arguments of Pulumi that make it ask the pack as well: that of the code that runs, the only one that knows all of its settings. */
export function policyPack({ code }: Project): readonly string[] {
  const pack = code === undefined ? fileURLToPath(new URL("../policy", import.meta.url)) : join(code, "policy");
  // The first commits of a lab may be from before there were policies; Pulumi refuses a folder that is not there.
  return existsSync(join(pack, "PulumiPolicy.yaml")) ? ["--policy-pack", pack] : [];
}

/**
 * What violates a policy among all that a preview declares, changed or not; undefined where there was nothing to look at, or where
 * other code than this declared it: what that has in its configuration may have no plan here, and nothing to judge by.
 */
export function findingsOf({ folder, code }: Project, events: readonly EngineEvent[]): readonly Finding[] | undefined {
  if (code !== undefined) return undefined;
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
