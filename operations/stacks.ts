import { readHosts } from "../config/files.ts";

/**
 * The stacks of the project in a folder, in the order in which they are applied: the primary one makes what the others read.
 * @param only the one that is asked for
 * @throws Error when there is no such stack, or hosts cannot be read
 */
export function stacksInOrder(folder: string, only?: string): readonly string[] {
  const lab = readHosts(folder);
  const hosts = Object.keys(lab.hosts);
  const all = [...hosts.filter((host) => host === lab.primary), ...hosts.filter((host) => host !== lab.primary)];
  if (only === undefined) return all;
  if (!all.includes(only)) throw new Error(`There is no stack ${only}. There are: ${all.join(", ")}.`);
  return [only];
}
