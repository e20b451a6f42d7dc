import { parseArgs } from "node:util";
import { workloadData } from "../lab/paths.ts";
import type { SshTarget } from "../providers/ssh.ts";
import { command, confirmed, messageOf, report } from "./command.ts";
import { ageText, sizeText, timeText } from "./history/data.ts";
import { hostsOf, hostTarget, onHost, workloadName, writtenSince } from "./hosts.ts";
import { placeText, type Snapshot, snapshotsOn } from "./snapshots.ts";

const USAGE = `npm run purge -- starbuck grafana    deletes the data of a workload that is no longer on starbuck
  --without-backup   even if there is no snapshot of it, or none that has all of it
  --yes              without the question
Its snapshots stay for as long as they are kept: npm run restore`;

/**
 * What is left of a workload's data once it is deleted, for people.
 * @param newest the last that was saved of it; undefined where nothing was
 * @param written bytes in files that were written since, where the host said
 */
export function keptText(workload: string, newest: Snapshot | undefined, written: number | undefined, now: Date): string {
  if (newest === undefined) return `There is NO SNAPSHOT of ${workload}.`;
  const { time, kind, id } = newest;
  const age = ageText(now.getTime() - time.getTime());
  const since = written === 0 ? "" : ` ${written === undefined ? "It is not known what" : sizeText(written)} was WRITTEN SINCE.`;
  return `The last snapshot of ${workload} is of ${timeText(time)}, ${age} old (${kind}, ${id.slice(0, 8)}${placeText(newest)}).${since}`;
}

/** That a host cannot tell keeps nobody from answering: what has no snapshot it does not delete. */
async function kept(target: SshTarget, workload: string): Promise<string> {
  try {
    const { snapshots, silent } = await snapshotsOn(target, workload);
    const newest = snapshots.findLast(({ kind }) => kind !== "warm");
    // In whole seconds, as the host compares them.
    const second = newest && new Date(newest.time.getTime() + 1000);
    const written = second && (await writtenSince(target, [workloadData(workload)], second));
    return [keptText(workload, newest, written, new Date()), ...silent].join("\n");
  } catch (error) {
    return `Whether there is a snapshot of ${workload} is not known: ${messageOf(error)}`;
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "without-backup": { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return report(USAGE);
  const [stack, word, more] = positionals;
  if (stack === undefined || word === undefined || more !== undefined)
    throw new Error(`On which host, which workload?\n\n${USAGE}`);
  const workload = workloadName(word);
  const folder = process.cwd();
  const target = hostTarget(folder, stack);
  if (hostsOf(folder, workload).includes(stack)) {
    throw new Error(`${workload} belongs on ${stack}: take it out of homelab:placement and deploy first. Nothing was deleted.`);
  }
  if (!values.yes) {
    report(await kept(target, workload));
    if (!(await confirmed(`Delete all data of ${workload} on ${stack}, also what was put aside of it?`))) {
      report("Nothing was deleted.");
      return 1;
    }
  }
  return report(await onHost(target, ["purge", workload, ...(values["without-backup"] ? ["--without-backup"] : [])]));
}

if (import.meta.main) await command(main);
