import * as pulumi from "@pulumi/pulumi";
import { type DataPlaces, dataNotices, dataPlaces } from "../lab/data.ts";
import type { LabPlan } from "../lab/model.ts";
import { outputsOf } from "./shared.ts";

/**
 * Warns of data that stays behind when workloads leave this host or come to it: in the preview, before anything is changed.
 * What was before is known from this stack's own outputs.
 *
 * @returns the output `data`, for the next run
 */
export async function warnOfDataLeftBehind(plan: LabPlan, host: string): Promise<DataPlaces> {
  const places = dataPlaces(plan);
  const { data } = await outputsOf<{ data: DataPlaces }>(host, ["data"]);
  for (const notice of data ? dataNotices(data, places, host) : []) pulumi.log.warn(notice);
  return places;
}
