import { targetOf } from "../components/target.ts";
import { readHosts } from "../config/files.ts";
import { UNKNOWN_HOST_KEY } from "../lab/model.ts";
import { quote, runOnHost, type SshTarget } from "../providers/ssh.ts";
import { HOMELAB } from "../providers/workload/host-program.ts";

/**
 * How to reach a host of the project in a folder.
 * @throws Error when there is no such host, or its key is not pinned
 */
export function hostTarget(folder: string, host: string): SshTarget {
  const { hosts } = readHosts(folder);
  const config = hosts[host];
  if (!config) throw new Error(`There is no host ${host}. There are: ${Object.keys(hosts).join(", ")}.`);
  if (config.hostKey === UNKNOWN_HOST_KEY)
    throw new Error(`The ssh key of ${host} is not known (Pulumi.${host}.yaml: homelab:hostKey).`);
  return targetOf({ name: host, config });
}

/**
 * A word of a command line as the name of a workload. An empty one, of a shell variable that was never set, is none.
 * @throws Error when it cannot be one
 */
export function workloadName(word: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,47}$/.test(word)) throw new Error(`"${word}" is no name of a workload.`);
  return word;
}

/** Hosts that a workload is placed on. */
export function hostsOf(folder: string, workload: string): readonly string[] {
  return readHosts(folder).placement[workload] ?? [];
}

/**
 * Runs a verb of the host's program; what it printed.
 * @throws Error with the host's words when it fails
 */
export async function onHost(target: SshTarget, verb: readonly string[], stdin = ""): Promise<string> {
  const { status, stdout, stderr } = await runOnHost(target, [HOMELAB, ...verb], stdin);
  if (status !== 0)
    throw new Error(`${target.name}: ${stderr.trim() || stdout.trim() || `homelab ${verb[0]} ended with ${status}`}`);
  return stdout;
}

/** Bytes in files below directories that were written after a time; undefined where the host does not say. */
export async function writtenSince(target: SshTarget, paths: readonly string[], time: Date): Promise<number | undefined> {
  const find = `find ${paths.map(quote).join(" ")} -type f -newermt @${Math.floor(time.getTime() / 1000)} -printf '%s\\n'`;
  const { status, stdout } = await runOnHost(target, ["/bin/sh", "-c", find]);
  if (status !== 0) return undefined;
  return stdout.split("\n").reduce((sum, line) => sum + Number(line || 0), 0);
}
