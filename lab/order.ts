import { type Caller, callReaches } from "./calls.ts";
import type { Tier } from "./model.ts";

const TIERS: readonly Tier[] = ["core", "important", "optional"];

/**
 * The order in which workloads are brought up: who is called before who calls, otherwise the more important first, otherwise
 * as given. Two that call each other, directly or round a ring, keep the tier's order: each of them must bear the other's
 * absence anyway.
 */
export function bringUpOrder(callers: readonly Caller[]): readonly Caller[] {
  const byTier = [...callers].sort((a, b) => tierOf(a) - tierOf(b));
  const seen = new Set<Caller>();
  const ordered: Caller[] = [];
  const visit = (caller: Caller): void => {
    if (seen.has(caller)) return;
    seen.add(caller);
    for (const called of byTier) {
      if (caller.calls.some((call) => callReaches(call, called.placement))) visit(called);
    }
    ordered.push(caller);
  };
  byTier.forEach(visit);
  return ordered;
}

function tierOf(caller: Caller): number {
  return TIERS.indexOf(caller.placement.definition.tier);
}
