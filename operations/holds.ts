import { setTimeout as sleep } from "node:timers/promises";
import { readHost } from "../providers/host-reading.ts";
import type { Hold } from "../providers/workload/protocol.ts";
import { messageOf } from "./command.ts";
import { hostTarget } from "./hosts.ts";

/** For how long a preview waits for what a host holds. */
const PATIENCE_SECONDS = 8;

/** By workload, then by image (`repository@digest`). */
export type HostHolds = Readonly<Record<string, Readonly<Record<string, Hold>>>>;

/**
 * What a host holds now. Pulumi's state does not tell: an update that fails, for which a version is held, writes none. One
 * ssh session, of the kind that the key of previews may open.
 * @param patience in seconds
 * @returns a sentence where the host cannot be asked: the preview is no worse for it than before
 */
export async function holdsOn(folder: string, host: string, patience = PATIENCE_SECONDS): Promise<HostHolds | string> {
  try {
    // Before the clock runs: if this threw after, nobody would be there for the clock's error, and Node ends a process for that.
    const target = hostTarget(folder, host);
    const late = sleep(patience * 1000, undefined, { ref: false }).then(() => {
      throw new Error(`it did not answer within ${patience} s.`);
    });
    const { workloads } = await Promise.race([readHost(target), late]);
    return Object.fromEntries(Object.entries(workloads).map(([name, { holds }]) => [name, holds]));
  } catch (error) {
    const [reason = ""] = messageOf(error).split("\n");
    return `Which versions are held is not known from ${host} itself, only as the last up found it: ${reason}`;
  }
}

/** Whether hosts may be asked at all: a hosted runner of CI reaches none, and is not to try. */
export function reachesHosts({ GITHUB_ACTIONS, HOMELAB_RUNNER = "" }: NodeJS.ProcessEnv): boolean {
  return GITHUB_ACTIONS === undefined || HOMELAB_RUNNER !== "";
}
