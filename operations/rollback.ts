import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readLab } from "../config/files.ts";
import { PROJECT_FILE, stackFile } from "../config/problems.ts";
import type { SshTarget } from "../providers/ssh.ts";
import { command, confirmed, messageOf, report } from "./command.ts";
import { updateStack } from "./deploy.ts";
import { hold, leftText, settledSettings, write } from "./history/afterwards.ts";
import {
  type DataReturn,
  dataOfVersion,
  dataText,
  imagesOf,
  type Known,
  returnTitle,
  sizeText,
  timeText,
} from "./history/data.ts";
import { othersChanged, othersText } from "./history/others.ts";
import { inScratchProject, withCodeOf } from "./history/scratch.ts";
import { filesOfVersion, type Move, movesSince, type ProjectFiles, settingsOf, withRestore } from "./history/settings.ts";
import { historyOf, runningOf } from "./history/state.ts";
import { settingChanges, type Version, versionTable, versionToReturnTo } from "./history/versions.ts";
import { hostTarget, workloadName, writtenSince } from "./hosts.ts";
import { previewStack } from "./preview.ts";
import { hereProject, type Project } from "./pulumi.ts";
import { placeText, type Snapshot, snapshotsOn } from "./snapshots.ts";
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
export interface RollbackOptions {
  readonly only?: string;
  readonly withCode?: boolean;
  readonly keepData?: boolean;
  readonly agrees: () => Promise<boolean>;
}

/** The versions of a stack, as a table. What a host that does not answer keeps of their data is left out, and said. */
async function listVersions(project: Project, stack: string, most: number): Promise<string> {
  const versions = await historyOf(project, stack);
  if (versions.length === 0) return `${stack} has no history: it was never applied.`;
  const note = `\nnpm run rollback -- ${stack} --to <version> shows what going back would do, and asks.`;
  try {
    const { snapshots, silent } = await snapshotsOn(hostTarget(project.folder, stack));
    const running = await runningOf(project, stack);
    const table = versionTable(versions, most, (version) => dataKept(version, { stack, versions, running, snapshots }));
    return [table, ...silent.map((place) => `${place}.`)].join("\n") + note;
  } catch (error) {
    return `${versionTable(versions, most)}\nWhat is kept of their data is not known: ${messageOf(error)}${note}`;
  }
}

function dataKept(version: Version, known: Known): string {
  const kept = dataOfVersion(version, known).map(({ workload, data }) => {
    if (data === "stateless") return "";
    return data === "missing"
      ? `${workload}: none`
      : `${workload} ${data.id.slice(0, 8)}${placeText(data)}, ${sizeText(data.bytes ?? 0)}`;
  });
  return kept.filter((text) => text !== "").join("; ");
}

/**
 * Takes a stack back to a version: an ordinary update, with that version's configuration. Old state is never imported.
 * @returns whether it went back, all of it
 * @throws Error before anything is changed, where it cannot
 */
export async function rollBack(project: Project, stack: string, number: number, options: RollbackOptions): Promise<boolean> {
  const versions = await historyOf(project, stack);
  const version = versionToReturnTo(stack, versions, number);
  const { only, withCode = false, keepData = false } = options;
  const today = filesIn(project.folder, stack);
  const moves = movesSince(today, stack, version);
  if (only !== undefined) refuseUnknown(stack, version, only, moves);
  const went = only === undefined ? {} : { workloads: [only] };
  const files = filesOfVersion(today, stack, version, went);
  // What that code does not know is left out for its run alone: the code of today goes on needing it.
  const declared = withCode ? filesOfVersion(today, stack, version, { ...went, exactly: true }) : files;
  const concerned = (workload: string): boolean =>
    only === undefined ? !moves.some((move) => move.workload === workload) : workload === only;
  const target = hostTarget(project.folder, stack);
  const known = { stack, versions, running: await runningOf(project, stack) };
  const { found, silent } = await dataFound(target, version, known, concerned, keepData);
  const restores = keepData ? [] : found.filter((one): one is DataReturn & { data: Snapshot } => typeof one.data === "object");
  const texts =
    restores.length === 0 ? declared : { ...declared, stack: withRestore(declared.stack, stack, snapshotIds(restores)) };
  const changes = settingChanges(settingsOf(today), settingsOf(files));
  const told = intention(stack, version, changes, only === undefined ? moves : [], only);
  report([told, ...silent.map((place) => `${place}.`)].join("\n"));
  const apply = (code?: string): Promise<boolean> =>
    inScratchProject(project, stack, texts, code, async (scratch) => {
      const summary = await previewStack(scratch, stack);
      report(`\n${summaryText(summary)}\n`);
      if (isRefused(summary)) return false;
      const returns = withPreview(found, summary);
      if (!keepData) refuseMissing(stack, number, returns, silent);
      if (returns.length > 0)
        report(`${keepData ? keptText(returns) : dataText(returns, await sinceThen(target, restores), new Date())}\n`);
      const others =
        files.project === today.project ? [] : othersChanged(readLab(project.folder), readLab(scratch.folder), stack);
      if (others.length > 0) report(`${othersText(others)}\n`);
      if (changesNothing(summary) && files.project === today.project && files.stack === today.stack) {
        report("That is what there is already: nothing to go back to.");
        return true;
      }
      if (!(await options.agrees())) {
        report("Nothing was changed.");
        return false;
      }
      return await goBack({ project, stack, version, only, today, files, returns }, scratch, summary);
    });
  return withCode ? await withCodeOf(project.folder, version, apply) : await apply();
}

/** What goes back, each with its data if it is to have that of then, and the places that did not say whether they have some. */
async function dataFound(
  target: SshTarget,
  version: Version,
  known: Omit<Known, "snapshots">,
  concerned: (workload: string) => boolean,
  keepData: boolean,
): Promise<{ readonly found: readonly DataReturn[]; readonly silent: readonly string[] }> {
  const by = (snapshots: readonly Snapshot[]): readonly DataReturn[] =>
    dataOfVersion(version, { ...known, snapshots }).filter(({ workload }) => concerned(workload));
  const without = by([]);
  // A host is not asked for what nobody wants: it may not answer.
  if (keepData || without.every(({ data }) => data === "stateless")) return { found: without, silent: [] };
  const { snapshots, silent } = await snapshotsOn(target);
  return { found: by(snapshots), silent };
}

/** The same by what a preview knows, which is whether a workload that is gone by now has data. */
function withPreview(returns: readonly DataReturn[], { workloads }: Summary): readonly DataReturn[] {
  const hasData = (workload: string): boolean => workloads.some((one) => one.name === workload && one.hasData);
  return returns.map((one) => (one.from || hasData(one.workload) ? one : { ...one, data: "stateless" }));
}

/** A rollback that was agreed to. */
interface Rollback {
  readonly project: Project;
  readonly stack: string;
  readonly version: Version;
  readonly only: string | undefined;
  /** The files of before, and those that declare the version. */
  readonly today: ProjectFiles;
  readonly files: ProjectFiles;
  readonly returns: readonly DataReturn[];
}

/** Does it, and holds and writes down what went back. Returns whether nothing is left to do. */
async function goBack(rollback: Rollback, scratch: Project, summary: Summary): Promise<boolean> {
  const { project, stack, version, only, today, files, returns } = rollback;
  const { number } = version;
  const message = `Back to version ${number}${only ? ` of ${only}` : ""}`;
  const result = changesNothing(summary) ? undefined : await updateStack(scratch, summary, ["--message", message]);
  const failed = result !== undefined && result.errors.length > 0;
  const settled = result && failed ? settledSettings(result, only) : undefined;
  const isBack = ({ workload }: DataReturn): boolean => settled?.workloads.includes(workload) ?? true;
  const unheld = result ? await hold(hostTarget(project.folder, stack), number, returns.filter(isBack)) : [];
  const declared = settled ? filesOfVersion(today, stack, version, settled) : files;
  const texts = [
    write(project.folder, stack, today, declared, `${only ?? stack}: back to version ${number}`),
    result && failed ? leftText(stack, number, result, only) : "",
    ...unheld,
  ];
  for (const text of texts.filter((one) => one !== "")) report(`\n${text}`);
  return !failed && unheld.length === 0;
}

function refuseUnknown(stack: string, version: Version, workload: string, moves: readonly Move[]): void {
  const images = imagesOf(version);
  if (!images.has(workload)) {
    throw new Error(
      `Version ${version.number} of ${stack} has no workload ${workload}: it has ${[...images.keys()].join(", ")}.`,
    );
  }
  const move = moves.find((one) => one.workload === workload);
  if (move) {
    throw new Error(
      `${workload} went from ${move.from} to ${move.to} since version ${version.number} of ${stack}, and its versions from then on are those of ${move.to}: npm run rollback -- ${move.to}`,
    );
  }
}

/**
 * @param silent places that do not answer, each in a sentence
 * @throws Error where a workload would go back without its data
 */
export function refuseMissing(stack: string, number: number, returns: readonly DataReturn[], silent: readonly string[]): void {
  const missing = returns.filter(({ data }) => data === "missing");
  if (missing.length === 0) return;
  throw new Error(
    [
      `Version ${number} of ${stack} has data that is nowhere that its host knows of:`,
      ...missing.map(({ workload, to }) => `  ${workload}: no snapshot of what ${to} wrote`),
      ...silent.map((place) => `${place}.`),
      "An old version on newer data may refuse it, or damage it. If you know that it can read it: --keep-data",
    ].join("\n"),
  );
}

function intention(
  stack: string,
  version: Version,
  changes: readonly string[],
  moves: readonly Move[],
  only: string | undefined,
): string {
  const by = version.who === "" ? "" : ` by ${version.who}`;
  return [
    `${only ?? stack} back to version ${version.number} of ${timeText(version.time)}${by}: ${version.message}`,
    ...(version.dirty ? ["Its files differed from its git commit when it was applied."] : []),
    ...changes.map((change) => `  ${change}`),
    ...moves.map(({ workload, from, to }) => `${workload} went from ${from} to ${to} since, and stays as it is.`),
  ].join("\n");
}

function keptText(returns: readonly DataReturn[]): string {
  return returns.map((one) => `${returnTitle(one)}, on the data of today`).join("\n");
}

function snapshotIds(returns: readonly (DataReturn & { data: Snapshot })[]): Readonly<Record<string, string>> {
  return Object.fromEntries(returns.map(({ workload, data }) => [workload, data.id]));
}

async function sinceThen(
  target: SshTarget,
  returns: readonly (DataReturn & { data: Snapshot })[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { workload, paths, data } of returns) {
    const bytes = await writtenSince(target, paths, data.time);
    if (bytes !== undefined) found.set(workload, bytes);
  }
  return found;
}

function filesIn(folder: string, stack: string): ProjectFiles {
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  return { project: read(PROJECT_FILE), stack: read(stackFile(stack)) };
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
