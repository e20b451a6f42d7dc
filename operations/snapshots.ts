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
  /** Name of the place where it was found. */
  readonly place: string;
}

/** Snapshots of a workload of a host, or of all of them, wherever the host finds some; oldest first. */
export async function snapshotsOn(target: SshTarget, workload?: string): Promise<readonly Snapshot[]> {
  return parseSnapshots(await onHost(target, ["snapshots", ...(workload === undefined ? [] : [workload]), "--json"]));
}

/** @param json what `homelab snapshots --json` printed */
export function parseSnapshots(json: string): readonly Snapshot[] {
  const found = JSON.parse(json) as readonly { readonly [key in keyof Snapshot]?: unknown }[];
  return found
    .map(({ id, time, workload, kind, image, bytes, place }) => ({
      id: String(id),
      time: new Date(typeof time === "number" ? time * 1000 : String(time)),
      workload: String(workload),
      kind: String(kind),
      image: String(image ?? "").replace(/^.*@/, ""),
      bytes: typeof bytes === "number" ? bytes : undefined,
      place: String(place ?? "local"),
    }))
    .toSorted((a, b) => a.time.getTime() - b.time.getTime());
}
