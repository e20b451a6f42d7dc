import { parseArgs } from "node:util";
import { readLab } from "../config/files.ts";
import { command, confirmed, report } from "./command.ts";
import { updateStack } from "./deploy.ts";
import { hold, leftText, settledSettings, write } from "./history/afterwards.ts";
import { type DataReturn, dataText, returnTitle } from "./history/data.ts";
import { listVersions } from "./history/list.ts";
import { othersChanged, othersText } from "./history/others.ts";
import { planRollback, type Rollback, type RollbackRequest, refuseMissing, rollbackText, withPreview } from "./history/plan.ts";
import { inScratchProject, withCodeOf } from "./history/scratch.ts";
import { filesOfVersion } from "./history/settings.ts";
import { workloadName, writtenSince } from "./hosts.ts";
import { previewStack } from "./preview.ts";
import { hereProject, type Project } from "./pulumi.ts";
import { stacksInOrder } from "./stacks.ts";
import { changesNothing, isRefused, type Summary } from "./summary/model.ts";
import { summaryText } from "./summary/text.ts";

const USAGE = `npm run rollback -- starbuck                  the last versions of a stack, and what is kept of their data
npm run rollback -- starbuck --to 12          back to version 12: what would happen, a question, then it happens
  --only grafana    one workload: its image, its limits, its data
  --with-code       with the code of that version's git commit, too; otherwise with the code of today
  --keep-data       images and configuration go back, the data of today stays
  --yes             without the question
  --all             list all versions, not only the last 15
What was written since is kept aside on the host. The version that is gone back from is held:
npm run release -- starbuck grafana lets it in again.`;

/** Versions that a list has. */
const LISTED = 15;

/** What is asked for beside the version. */
export interface RollbackOptions extends RollbackRequest {
  /** Asked before anything is changed. */
  readonly agrees: () => Promise<boolean>;
}

/**
 * Takes a stack back to a version: an ordinary update, with that version's configuration. Old state is never imported.
 * @returns whether it went back, all of it
 * @throws Error before anything is changed, where it cannot
 */
export async function rollBack(project: Project, stack: string, number: number, options: RollbackOptions): Promise<boolean> {
  const rollback = await planRollback(project, stack, number, options);
  report(rollbackText(rollback));
  const apply = (code?: string): Promise<boolean> =>
    inScratchProject(project, stack, rollback.applied, code, (scratch) => previewAndGoBack(rollback, scratch, options.agrees));
  return options.withCode ? await withCodeOf(project.folder, rollback.version, apply) : await apply();
}

/** Shows what going back would do, asks, and does it. */
async function previewAndGoBack(rollback: Rollback, scratch: Project, agrees: () => Promise<boolean>): Promise<boolean> {
  const { project, stack, version, keepData, today, files, silent } = rollback;
  const summary = await previewStack(scratch, stack);
  report(`\n${summaryText(summary)}\n`);
  if (isRefused(summary)) return false;
  const returns = withPreview(rollback.returns, summary);
  if (!keepData) refuseMissing(stack, version.number, returns, silent);
  if (returns.length > 0) report(`${keepData ? keptText(returns) : await comingText(rollback, returns)}\n`);
  const others = files.project === today.project ? [] : othersChanged(readLab(project.folder), readLab(scratch.folder), stack);
  if (others.length > 0) report(`${othersText(others)}\n`);
  if (changesNothing(summary) && files.project === today.project && files.stack === today.stack) {
    report("That is what there is already: nothing to go back to.");
    return true;
  }
  if (!(await agrees())) {
    report("Nothing was changed.");
    return false;
  }
  return await goBack(rollback, returns, scratch, summary);
}

function keptText(returns: readonly DataReturn[]): string {
  return returns.map((one) => `${returnTitle(one)}, on the data of today`).join("\n");
}

/** With what was written since to each that is restored. */
async function comingText({ target, restores }: Rollback, returns: readonly DataReturn[]): Promise<string> {
  const written = new Map<string, number>();
  for (const { workload, paths, data } of restores) {
    const bytes = await writtenSince(target, paths, data.time);
    if (bytes !== undefined) written.set(workload, bytes);
  }
  return dataText(returns, written, new Date());
}

/** Does it, and holds and writes down what went back. Returns whether nothing is left to do. */
async function goBack(
  { project, stack, version, only, target, today, files }: Rollback,
  returns: readonly DataReturn[],
  scratch: Project,
  summary: Summary,
): Promise<boolean> {
  const { number } = version;
  const message = `Back to version ${number}${only ? ` of ${only}` : ""}`;
  const result = changesNothing(summary) ? undefined : await updateStack(scratch, summary, ["--message", message]);
  const failed = result !== undefined && result.errors.length > 0;
  const settled = result && failed ? settledSettings(result, only) : undefined;
  const isBack = ({ workload }: DataReturn): boolean => settled?.workloads.includes(workload) ?? true;
  const unheld = result ? await hold(target, number, returns.filter(isBack)) : [];
  const declared = settled ? filesOfVersion(today, stack, version, settled) : files;
  const texts = [
    write(project.folder, stack, today, declared, `${only ?? stack}: back to version ${number}`),
    result && failed ? leftText(stack, number, result, only) : "",
    ...unheld,
  ];
  for (const text of texts.filter((one) => one !== "")) report(`\n${text}`);
  return !failed && unheld.length === 0;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      to: { type: "string" },
      only: { type: "string" },
      "with-code": { type: "boolean", default: false },
      "keep-data": { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return report(USAGE);
  const [stack, more] = positionals;
  if (stack === undefined || more !== undefined) throw new Error(`Of which stack?\n\n${USAGE}`);
  const project = hereProject();
  stacksInOrder(project.folder, stack);
  if (values.to === undefined) {
    return report(await listVersions(project, stack, values.all ? Number.POSITIVE_INFINITY : LISTED));
  }
  if (!/^[1-9]\d*$/.test(values.to)) throw new Error(`--to takes the number of a version, not "${values.to}".`);
  const only = values.only === undefined ? undefined : workloadName(values.only);
  const agrees = values.yes ? async () => true : () => confirmed(`Shall ${only ?? stack} go back?`);
  const options = {
    ...(only === undefined ? {} : { only }),
    withCode: values["with-code"],
    keepData: values["keep-data"],
    agrees,
  };
  return (await rollBack(project, stack, Number(values.to), options)) ? 0 : 1;
}

if (import.meta.main) await command(main);
