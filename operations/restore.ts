import { parseArgs } from "node:util";
import type { Outcome } from "../providers/workload/protocol.ts";
import { command, confirmed, report } from "./command.ts";
import { ageText, digestOf, sizeText, timeText } from "./history/data.ts";
import { type Running, runningOf } from "./history/state.ts";
import { hostsOf, hostTarget, onHost, workloadName, writtenSince } from "./hosts.ts";
import { hereProject } from "./pulumi.ts";
import { placeText, type Snapshot, snapshotsOn } from "./snapshots.ts";

const USAGE = `npm run restore -- grafana                 the newest data of a workload that was saved: a plan, a question, then it is back
  --snapshot abcdef01            another snapshot, by the beginning of its name
  --at "2026-11-20 18:00"        the last one before a time: in UTC, as all times here, or "2026-11-20 18:00 +01:00"
  --to-dir /root/grafana         only into a new folder of the host: nothing that runs is touched
  --host adama                   which host's, where the workload is on several
  --list                         what there is
  --yes                          without the question
Without an answer it is only a plan. What was there is kept aside on the host until \`homelab drop-failed\`.`;

/**
 * The snapshot that is asked for.
 * @param snapshots of one workload, oldest first
 * @throws Error that says what there is
 */
export function chooseSnapshot(
  workload: string,
  snapshots: readonly Snapshot[],
  { snapshot, at }: { readonly snapshot?: string; readonly at?: string },
): Snapshot {
  const good = snapshots.filter(({ kind }) => kind !== "warm");
  const newest = good.at(-1);
  if (newest === undefined) throw new Error(`There is no snapshot of ${workload} anywhere that its host knows of.`);
  if (snapshot === "") throw new Error("--snapshot takes the beginning of a snapshot's name.");
  if (snapshot !== undefined) {
    const found = good.filter(({ id }) => id.startsWith(snapshot));
    const [only] = found;
    if (only === undefined || found.length > 1) {
      const how = only === undefined ? "No snapshot" : "More than one snapshot";
      throw new Error(`${how} of ${workload} begins with ${snapshot}. See: npm run restore -- ${workload} --list`);
    }
    return only;
  }
  if (at === undefined) return newest;
  const time = timeOf(at);
  const before = good.findLast((candidate) => candidate.time <= time);
  if (before === undefined) {
    throw new Error(
      `Nothing of ${workload} is older than ${timeText(time)}: the first snapshot is of ${timeText(good[0]?.time ?? newest.time)}.`,
    );
  }
  return before;
}

/**
 * A time as it is printed, or with another zone. Without one it is UTC: the zone of this machine is nobody's here.
 * @throws Error when it is none
 */
function timeOf(text: string): Date {
  const [, day, clock = "00:00", zone = "UTC"] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))? ?(Z|UTC|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const time = new Date(`${day}T${clock}${zone === "UTC" ? "Z" : zone}`);
  if (!Number.isNaN(time.getTime())) return time;
  throw new Error(`--at takes a time such as "2026-11-20 18:00" (UTC) or "2026-11-20 18:00 +01:00", not "${text}".`);
}

/** What a restore would do, for people. */
export function restorePlan(
  host: string,
  snapshot: Snapshot,
  running: Running | undefined,
  written: number | undefined,
  now: Date,
): string {
  const { workload, id, time, kind, image, bytes } = snapshot;
  const size = bytes === undefined ? "" : `, ${sizeText(bytes)}`;
  const other = running && image !== "" && digestOf(running.image) !== image;
  return [
    `${workload} on ${host}: data of ${timeText(time)}, ${ageText(now.getTime() - time.getTime())} old (${kind}, snapshot ${id.slice(0, 8)}${placeText(snapshot)}${size}).`,
    ...(other
      ? [
          `ANOTHER VERSION wrote it (${image.slice(0, 19)}) than runs (${running.version}). To have both back: npm run rollback -- ${host}`,
        ]
      : []),
    `Written since, and kept aside: ${written === undefined ? "not known" : sizeText(written)}. ${workload} stops meanwhile; if it does not answer on this data, all is as before.`,
  ].join("\n");
}

/** What came of it, and the status to end with. */
export function restoreReport({ result, message, log, outageSeconds }: Outcome): {
  readonly text: string;
  readonly status: 0 | 1;
} {
  const lines = log.length > 0 ? ["Its last log lines:", ...log.map((line) => `  ${line}`)] : [];
  const outage = outageSeconds > 0 ? [`Nothing served for ${outageSeconds.toFixed(1)} s.`] : [];
  return { text: [message, ...lines, ...outage].join("\n"), status: result === "confirmed" || result === "unchanged" ? 0 : 1 };
}

function oneHost(folder: string, workload: string, host: string | undefined): string {
  if (host !== undefined) return host;
  const [first, ...more] = hostsOf(folder, workload);
  if (first === undefined) throw new Error(`${workload} is placed on no host. Whose data: --host <host>`);
  if (more.length > 0) throw new Error(`${workload} is on ${[first, ...more].join(" and ")}. Which one's data: --host <host>`);
  return first;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      snapshot: { type: "string" },
      at: { type: "string" },
      "to-dir": { type: "string" },
      host: { type: "string" },
      list: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return report(USAGE);
  const [word, more] = positionals;
  if (word === undefined || more !== undefined) throw new Error(`Which workload?\n\n${USAGE}`);
  const workload = workloadName(word);
  const project = hereProject();
  const host = oneHost(project.folder, workload, values.host);
  const target = hostTarget(project.folder, host);
  if (values.list) return report((await onHost(target, ["snapshots", workload])) || `There is no snapshot of ${workload}.`);
  const { snapshot: id, at } = values;
  const { snapshots, silent } = await snapshotsOn(target, workload);
  for (const place of silent) report(`${place}.`);
  const snapshot = chooseSnapshot(workload, snapshots, {
    ...(id === undefined ? {} : { snapshot: id }),
    ...(at === undefined ? {} : { at }),
  });
  const folder = values["to-dir"];
  if (folder !== undefined) {
    if (!folder.startsWith("/")) throw new Error(`--to-dir takes an absolute path on ${host}, not "${folder}".`);
    return report(await onHost(target, ["restore", workload, "--snapshot", snapshot.id, "--to", folder]));
  }
  const running = (await runningOf(project, host)).find(({ name }) => name === workload);
  const written = running ? await writtenSince(target, running.data, snapshot.time) : undefined;
  report(restorePlan(host, snapshot, running, written, new Date()));
  if (!values.yes && !process.stdin.isTTY) return report("This was the plan; nothing was changed. --yes does it.");
  if (!values.yes && !(await confirmed("Shall this data come back?"))) return report("Nothing was changed.");
  const outcome = JSON.parse(await onHost(target, ["restore", workload, "--snapshot", snapshot.id])) as Outcome;
  const { text, status } = restoreReport(outcome);
  report(text);
  return status;
}

if (import.meta.main) await command(main);
