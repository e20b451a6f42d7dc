/** What is asked of a step of the engine in more than one place. */
import { isDeepStrictEqual } from "node:util";
import type { Step } from "../engine-events.ts";

/** Names of the inputs that differ. What is only known later differs, too. */
export function changedKeys({ old, new: now }: Step): readonly string[] {
  const [before, after] = [old, now].map((state) => state?.inputs ?? {});
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...keys].filter((key) => !key.startsWith("__") && !isDeepStrictEqual(before?.[key], after?.[key])).sort();
}

/** Whether secrets differ. A change that shows nowhere is one of these: a preview may not show them. */
export function changesSecrets(step: Step): boolean {
  const keys = changedKeys(step);
  return keys.includes("secrets") || keys.length === 0;
}

/** What a step is to people: a replacement is a change. */
export function kindOf(op: string): "new" | "changed" | "removed" {
  if (op === "create") return "new";
  return op === "delete" ? "removed" : "changed";
}
