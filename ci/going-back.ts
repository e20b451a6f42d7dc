import { readLab } from "../config/files.ts";
import { digestOf, imagesOf } from "../operations/history/data.ts";
import { historyOf, type Running, runningOf } from "../operations/history/state.ts";
import { isGood, type Version } from "../operations/history/versions.ts";
import type { Project } from "../operations/pulumi.ts";

/** A workload with data that would run an image that is older than the one it has. */
export interface GoingBack {
  readonly workload: string;
  /** Tags. */
  readonly from: string;
  readonly to: string;
  /** The last version of the stack that had that image. */
  readonly version: number;
}

/**
 * Workloads that go back to an image that they had before, as a reverted merge makes them, and that have data: what the newer
 * version wrote may be more than the older one can read. Older is what the stack had first: an upgrade that was rolled back and is
 * made again was there before, too, and data of then in place of today's would be a loss for nothing.
 * @param wanted image references by workload
 */
export function goingBack(
  running: readonly Running[],
  wanted: ReadonlyMap<string, string>,
  versions: readonly Version[],
): readonly GoingBack[] {
  const good = versions.filter(isGood);
  return running.flatMap(({ name: workload, image, version: from, data }): readonly GoingBack[] => {
    const digest = digestOf(wanted.get(workload) ?? "");
    if (data.length === 0 || digest === "" || digest === digestOf(image)) return [];
    const had = (one: string) => (version: Version) => digestOf(imagesOf(version).get(workload) ?? "") === one;
    const [first, last] = [good.findIndex(had(digest)), good.findLast(had(digest))];
    const runsSince = good.findIndex(had(digestOf(image)));
    // What runs since an update of which another part failed is in no good version: nothing is newer.
    const isOlder = runsSince < 0 || first < runsSince;
    return last && isOlder ? [{ workload, from, to: tagOf(wanted.get(workload) ?? ""), version: last.number }] : [];
  });
}

/** What goes back by the files of a project. Nothing of a stack that was never applied. */
export async function goingBackOf(project: Project, stack: string): Promise<readonly GoingBack[]> {
  const versions = await historyOf(project, stack);
  if (versions.length === 0) return [];
  const images = readLab(project.folder).stacks.find(({ host }) => host === stack)?.images ?? {};
  const wanted = Object.entries(images).map(([name, { repository, tag, digest }]): [string, string] => [
    name,
    `${repository}:${tag}@${digest}`,
  ]);
  return goingBack(await runningOf(project, stack), new Map(wanted), versions);
}

/** What a person has to know before the merge, in Markdown; empty where nothing goes back. */
export function goingBackText(stack: string, all: readonly GoingBack[]): string {
  if (all.length === 0) return "";
  const lines = all.map(
    ({ workload, from, to, version }) =>
      `- \`${workload}\` goes back from ${from} to ${to}. Its data has to go back too: \`npm run rollback -- ${stack} --to ${version} --only ${workload}\``,
  );
  return [
    "> [!WARNING]",
    "> This takes back versions that have data. A merge and a deploy change the program only, and the older one may not be able to read",
    "> what the newer one wrote. Run this instead, and merge what it writes into the stack's file:",
    ">",
    ...lines.map((line) => `> ${line}`),
  ].join("\n");
}

function tagOf(image: string): string {
  return /:([^:/@]+)@/.exec(image)?.[1] ?? image;
}
