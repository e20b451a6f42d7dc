import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readLab } from "../../config/files.ts";
import { UNKNOWN_HOST_KEY } from "../../lab/model.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";

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

/** Whether nobody has made the repository his own yet: then its files, and the workloads that it has, are those of the first lab. */
export function isNobodys(): boolean {
  const [own, first] = [repository, firstLabFolder].map((folder) => readLab(folder).lab.hosts);
  return (
    isDeepStrictEqual(Object.keys(own ?? {}), Object.keys(first ?? {})) &&
    Object.values(own ?? {}).every(({ hostKey }) => hostKey === UNKNOWN_HOST_KEY)
  );
}
