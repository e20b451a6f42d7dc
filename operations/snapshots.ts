import type { SshTarget } from "../providers/ssh.ts";
import { onHost } from "./hosts.ts";

/** A snapshot of a workload's data, as `homelab snapshots` on its host says. */
export interface Snapshot {
  readonly id: string;
  readonly time: Date;
  readonly workload: string;
  /** `hot`, `cold` (stopped, before a change), `last` (before it was removed), `warm` (worth nothing by itself). */
  readonly kind: string;
  /** Digest of the image that wrote the data: `sha256:…`. */
  readonly image: string;
  /** Bytes; undefined where restic did not say. */
  readonly bytes: number | undefined;
  /** Name of the nearest place that has it; `local` is the host's own repository. */
  readonly place: string;
}

/** What a host found. */
export interface FoundSnapshots {
  /** Each once, oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** A sentence for each place that does not answer: what it alone has is missing here. */
  readonly silent: readonly string[];
}

/**
 * Snapshots of a workload of a host, or of all of them, in all places that answer the host.
 * @throws Error where none was found although not every place answers
 */
export async function snapshotsOn(target: SshTarget, workload?: string): Promise<FoundSnapshots> {
  return parseSnapshots(await onHost(target, ["snapshots", ...(workload === undefined ? [] : [workload]), "--json"]));
}

/** @param json what `homelab snapshots --json` printed */
export function parseSnapshots(json: string): FoundSnapshots {
  const said = JSON.parse(json) as { readonly snapshots: readonly SaidSnapshot[]; readonly silent: readonly string[] };
  const snapshots = said.snapshots.map(({ id, time, workload, kind, image, bytes, place }) => ({
    id: String(id),
    time: new Date(String(time)),
    workload: String(workload),
    kind: String(kind),
    image: String(image ?? "").replace(/^.*@/, ""),
    bytes: typeof bytes === "number" ? bytes : undefined,
    place: String(place),
  }));
  return { snapshots: snapshots.toSorted((a, b) => a.time.getTime() - b.time.getTime()), silent: said.silent };
}

type SaidSnapshot = { readonly [key in keyof Snapshot]?: unknown };

/** Where a snapshot comes from, with a blank before it; nothing for the host's own disk. */
export function placeText({ place }: Snapshot): string {
  return place === "local" ? "" : ` in ${place}`;
}
