import { readHosts } from "../config/files.ts";
import { messageOf } from "./command.ts";
import { historyOf } from "./history/state.ts";
import { hostTarget, onHost } from "./hosts.ts";
import { stateFiles } from "./kit/contents.ts";
import { passphraseOf, seal } from "./kit/seal.ts";
import { type Project, pulumiOutput, runPulumi } from "./pulumi.ts";
import { stacksInOrder } from "./stacks.ts";

/**
 * The copy of Pulumi's state that `deploy` leaves on the hosts, encrypted. Each keeps it on its disk and takes it into its
 * repository, from which the timers bring it to the other places.
 */

/** A tag of a stack in its backend: the time of the newest version that the copies have. */
const TAG = "homelab:stateCopy";

/**
 * Copies the state of all stacks to all hosts.
 * @returns what did not work, one line each
 */
export async function copyState(project: Project): Promise<readonly string[]> {
  const text = await seal(await stateFiles(project), passphraseOf(project.env));
  const problems: string[] = [];
  for (const host of Object.keys(readHosts(project.folder).hosts)) {
    try {
      await onHost(hostTarget(project.folder, host), ["keep-state"], text);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  // Of a copy that is nowhere, nothing is noted.
  if (problems.length > 0) return problems;
  for (const stack of stacksInOrder(project.folder)) {
    const newest = (await historyOf(project, stack)).at(-1);
    if (newest) await pulumiOutput(project, ["stack", "tag", "set", TAG, newest.time.toISOString(), "--stack", stack]);
  }
  return [];
}

/** What a preview has to warn of: a version that no copy has. Empty: all have one. Connects to nothing but the backend. */
export async function copyWarnings(project: Project, stack: string): Promise<readonly string[]> {
  const latest = ["stack", "history", "--json", "--page-size", "1", "--stack", stack];
  const history = await runPulumi(project, latest);
  const [newest] = history.status === 0 ? (JSON.parse(history.stdout || "[]") as readonly { readonly startTime?: string }[]) : [];
  if (newest?.startTime === undefined) return [];
  const tag = await runPulumi(project, ["stack", "tag", "get", TAG, "--stack", stack]);
  const copied = tag.status === 0 ? new Date(tag.stdout.trim()) : undefined;
  if (copied !== undefined && copied.getTime() >= new Date(newest.startTime).getTime()) return [];
  const what =
    copied === undefined
      ? "There is no copy of Pulumi's state on the hosts yet"
      : "The copy of Pulumi's state on the hosts is older than the last version";
  return [`${what}: npm run deploy -- ${stack} makes one.`];
}
