import { RESTIC } from "../../lab/model.ts";
import { workloadData } from "../../lab/paths.ts";
import { placeText, type Snapshot } from "../snapshots.ts";
import type { Running } from "./state.ts";
import { isGood, type Version } from "./versions.ts";

/** What becomes of a workload's data when its stack goes back to a version. */
export interface DataReturn {
  readonly workload: string;
  /** The version that runs now, which is held afterwards: `repository@digest` and tag. None of a workload that is gone by now. */
  readonly from?: { readonly image: string; readonly version: string };
  /** The version that comes back. */
  readonly to: string;
  /** `stateless`: it has no data that is backed up. `missing`: there is no snapshot of that version. */
  readonly data: "stateless" | "missing" | Snapshot;
  /** Directories that the snapshot replaces. */
  readonly paths: readonly string[];
}

/** What is known of a stack by its history, its state and its host. */
export interface Known {
  readonly stack: string;
  /** The whole history, oldest first. */
  readonly versions: readonly Version[];
  readonly running: readonly Running[];
  readonly snapshots: readonly Snapshot[];
}

/**
 * What goes back with the images: of each workload the last snapshot of what the version wrote. That is the one that was taken
 * cold when the next version took over; failing that, the last of the timer's. A version that failed left a cold one as well,
 * and the one before it wrote on for weeks.
 *
 * A workload that is gone by now comes back too, and what lies there of it may be of a newer version. Whether it has data cannot be
 * told of one that does not run: without a snapshot its data is `missing`.
 */
export function dataOfVersion(version: Version, known: Known): readonly DataReturn[] {
  const { stack, running } = known;
  return [...imagesOf(version)].flatMap(([workload, wanted]): readonly DataReturn[] => {
    const digest = digestOf(wanted);
    const snapshot = lastOf(workload, digest, version, known) ?? "missing";
    const runs = running.find(({ name }) => name === workload);
    if (runs === undefined) {
      const isWorkload = workload !== RESTIC && placedOn(version, workload).includes(stack);
      return isWorkload ? [{ workload, to: tagOf(wanted), data: snapshot, paths: [workloadData(workload)] }] : [];
    }
    const { image, version: tag, data: paths } = runs;
    if (digest === digestOf(image)) return [];
    const data = paths.length === 0 ? "stateless" : snapshot;
    return [{ workload, from: { image, version: tag }, to: tagOf(wanted), data, paths }];
  });
}

/** The last snapshot of what an image wrote for a version. */
function lastOf(workload: string, digest: string, version: Version, { versions, snapshots }: Known): Snapshot | undefined {
  const again = ranAgain(workload, digest, version, versions);
  return snapshots
    .filter((one) => one.workload === workload && one.image === digest && one.kind !== "warm")
    .filter(({ time }) => time >= version.time && (again === undefined || time < again))
    .toSorted((a, b) => a.time.getTime() - b.time.getTime())
    .at(-1);
}

/**
 * When an image came back that another had taken over from; undefined if it never did. What it wrote from then on is not the
 * version's. The moment when the other took over is no limit to go by: the snapshot is made in that very minute, and the clock of a
 * Pi may be as far from ours.
 */
function ranAgain(workload: string, digest: string, version: Version, versions: readonly Version[]): Date | undefined {
  const later = versions.slice(versions.indexOf(version) + 1);
  const has = (one: Version): boolean => digestOf(imagesOf(one).get(workload) ?? "") === digest;
  const next = later.findIndex((one) => isGood(one) && !has(one));
  return next < 0 ? undefined : later.slice(next).find(has)?.time;
}

/** Image references of a version by workload. */
export function imagesOf({ settings }: Version): ReadonlyMap<string, string> {
  const images = settings["homelab:images"];
  return new Map(
    typeof images === "object" && images !== null ? Object.entries(images).map(([name, image]) => [name, String(image)]) : [],
  );
}

/** Hosts that a version has a workload on. */
function placedOn({ settings }: Version, workload: string): readonly unknown[] {
  const placement = settings["homelab:placement"];
  const hosts: unknown = typeof placement === "object" && placement !== null ? Reflect.get(placement, workload) : undefined;
  return Array.isArray(hosts) ? hosts : [];
}

/** `sha256:…` of an image reference. */
export function digestOf(image: string): string {
  return /@(sha256:[0-9a-f]+)$/.exec(image)?.[1] ?? "";
}

function tagOf(image: string): string {
  return /:([^:/@]+)@/.exec(image)?.[1] ?? image;
}

/**
 * What goes back, for people, one or two lines each.
 * @param writtenSince bytes in files that were written after the snapshot, by workload, where the host said
 * @param now the time
 */
export function dataText(returns: readonly DataReturn[], writtenSince: ReadonlyMap<string, number>, now: Date): string {
  return returns
    .map((one) => {
      const { workload, to, data } = one;
      const title = returnTitle(one);
      if (data === "stateless") return `${title}, it has no data`;
      if (data === "missing") return `${title}, THERE IS NO SNAPSHOT of what ${to} wrote`;
      const age = ageText(now.getTime() - data.time.getTime());
      const bytes = writtenSince.get(workload);
      const since = bytes === undefined ? "what was written since" : `${sizeText(bytes)} in files written since`;
      const kind = data.kind === "hot" ? ", taken while it ran" : "";
      return `${title}, with its data of ${timeText(data.time)} (${age} old, snapshot ${data.id.slice(0, 8)}${placeText(data)}${kind}).\n  Lost to it, but kept aside on the host: ${since}.`;
    })
    .join("\n");
}

/** `grafana: 11.3 → 11.2`, or of one that is gone by now `grafana: 11.2 again`. */
export function returnTitle({ workload, from, to }: DataReturn): string {
  return `${workload}: ${from === undefined ? `${to} again` : `${from.version} → ${to}`}`;
}

/** `2 h`, `3 days`. */
export function ageText(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

/** `41 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return bytes < 1_000_000_000 ? `${Math.round(bytes / 1_000_000)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** `2026-11-25 18:35 UTC`. */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
