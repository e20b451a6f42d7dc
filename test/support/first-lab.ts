import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The first lab: the files that the repository came with. Who makes the repository his own changes those at its root, and none of
 * the tests of the program shall fail for it: they run on these.
 */
export const firstLabFolder = join(import.meta.dirname, "first-lab");

const NAMES = ["Pulumi.yaml", "Pulumi.adama.yaml", "Pulumi.starbuck.yaml"];

/** Its files, by name; nothing in them is filled in. */
export function firstLabFiles(): Record<string, string> {
  return Object.fromEntries(NAMES.map((name) => [name, readFileSync(join(firstLabFolder, name), "utf8")]));
}
