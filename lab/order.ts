import { type Caller, callReaches } from "./calls.ts";
import type { Placement, Tier } from "./definition.ts";
import { compare } from "./names.ts";

const TIERS: readonly Tier[] = ["core", "important", "optional"];

/**
 * The order in which workloads are brought up: each before those that call it, otherwise the more important first, otherwise
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

/**
 * When each workload's turn is among those that change at once: the smaller the sooner, and the same in any order. It
 * agrees with {@link bringUpOrder}, and depends on nothing but a workload's tier, those whom it calls and those who call it: the
 * coming of another one moves nobody.
 *
 * @param ordered what {@link bringUpOrder} gave
 */
export function turnsOf(ordered: readonly Caller[]): ReadonlyMap<Placement, number> {
  const links = ordered.map(({ calls }, index) =>
    ordered
      .slice(0, index)
      .flatMap(({ placement }, earlier) => (calls.some((call) => callReaches(call, placement)) ? [earlier] : [])),
  );
  // Whoever is called by the important is as important.
  const tiers = ordered.map(tierOf);
  for (let caller = ordered.length - 1; caller >= 0; caller -= 1) {
    for (const called of links[caller] ?? []) tiers[called] = Math.min(at(tiers, called), at(tiers, caller));
  }
  const depths: number[] = [];
  for (const called of links) depths.push(Math.max(-1, ...called.map((index) => at(depths, index))) + 1);
  return new Map(ordered.map(({ placement }, index) => [placement, at(tiers, index) * TURNS_PER_TIER + at(depths, index)]));
}

/**
 * Whom a workload waits for when its host boots, by name: those on the same host that it calls. Of two that call each other only
 * one waits, or systemd would leave out the start of either.
 *
 * @param ordered what {@link bringUpOrder} gave
 */
export function startedBefore({ placement, calls }: Caller, ordered: readonly Caller[]): readonly string[] {
  const names: string[] = [];
  for (const { placement: other } of ordered) {
    if (other === placement) break;
    if (other.host === placement.host && calls.some((call) => callReaches(call, other))) names.push(other.name);
  }
  return names.sort(compare);
}

/** Longer than any chain of calls. */
const TURNS_PER_TIER = 1000;

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}

function tierOf(caller: Caller): number {
  return TIERS.indexOf(caller.placement.definition.tier);
}
