import * as pulumi from "@pulumi/pulumi";
import { type DataPlaces, dataNotices } from "../lab/data.ts";
import { outputsOf } from "./shared.ts";

/**
 * Warns of data that stays behind when workloads leave this host or come to it: in the preview, before anything is changed.
 * What was before is known from this stack's own outputs. An `up` does not ask for them: it writes the very file in which they
 * stand, and reading it meanwhile ended in `failed to load checkpoint: EOF`.
 *
 * @param places where the data of this plan lies
 */
export async function warnOfDataLeftBehind(places: DataPlaces, host: string): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const { data } = await outputsOf<{ data: DataPlaces }>(host, ["data"]);
  for (const notice of data ? dataNotices(data, places, host) : []) pulumi.log.warn(notice);
}
