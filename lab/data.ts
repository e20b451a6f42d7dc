import type { LabPlan } from "./model.ts";
import { compare } from "./names.ts";
import { workloadData } from "./paths.ts";

/** Where the data of each workload that has any lies: directory by host, by workload. */
export type DataPlaces = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The data of the whole lab, as each stack hands it on to its next run. */
export function dataPlaces(plan: LabPlan): DataPlaces {
  const places: Record<string, Record<string, string>> = {};
  const holders = plan.workloads.filter(({ volumes }) => volumes.length > 0);
  for (const { name, host } of [...holders].sort((a, b) => compare(a.name, b.name) || compare(a.host, b.host))) {
    places[name] = { ...places[name], [host]: workloadData(name) };
  }
  return places;
}

/**
 * What a person should know before workloads leave this host or come to it: data stays where it is.
 *
 * @param before what was there when this host's stack was last applied
 */
export function dataNotices(before: DataPlaces, after: DataPlaces, host: string): readonly string[] {
  return Object.keys({ ...before, ...after })
    .sort(compare)
    .flatMap((name) => {
      const [old, now] = [before[name] ?? {}, after[name] ?? {}];
      const left = Object.entries(old).filter(([place]) => !(place in now));
      const come = Object.keys(now).filter((place) => !(place in old));
      return left.flatMap(([place, path]) => {
        if (place === host) return [leaves(name, host, path, come)];
        return come.includes(host) ? [arrives(name, host, place, path)] : [];
      });
    });
}

function leaves(name: string, host: string, path: string, come: readonly string[]): string {
  if (come.length === 0) return `${name} leaves ${host}. Its data stays there, in ${path}: no other workload takes it over.`;
  return (
    `${name} moves from ${host} to ${come.join(", ")}, but its data stays on ${host}, in ${path}.` +
    ` To take it along: after the move stop ${name} on ${come.join(", ")}, copy the folder over, start it again.`
  );
}

function arrives(name: string, host: string, from: string, path: string): string {
  return (
    `${name} moves to ${host} and begins here without its data, which stays on ${from}, in ${path}.` +
    ` It runs there too, until you run: pulumi up --stack ${from}`
  );
}
