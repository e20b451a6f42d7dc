import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FILE, stackFile } from "../../config/problems.ts";
import type { SshTarget } from "../../providers/ssh.ts";
import { hostTarget } from "../hosts.ts";
import type { Project } from "../pulumi.ts";
import { type Snapshot, snapshotsOn } from "../snapshots.ts";
import type { Summary } from "../summary/model.ts";
import { type DataReturn, dataOfVersion, imagesOf, type Known, timeText } from "./data.ts";
import { filesOfVersion, type Move, movesSince, type ProjectFiles, settingsOf, withRestore } from "./settings.ts";
import { historyOf, runningOf } from "./state.ts";
import { settingChanges, type Version, versionToReturnTo } from "./versions.ts";

/** What is asked for beside the version. */
export interface RollbackRequest {
  /** One workload: its image, its limits, its data. Left out: the stack. */
  readonly only?: string;
  /** With the code of the version's git commit. */
  readonly withCode?: boolean;
  /** The data of today stays. */
  readonly keepData?: boolean;
}

/** A rollback as it is planned: what goes back, before a preview says what that changes. */
export interface Rollback {
  readonly project: Project;
  readonly stack: string;
  readonly version: Version;
  readonly only: string | undefined;
  readonly keepData: boolean;
  readonly target: SshTarget;
  /** The files of before, and those that declare the version. */
  readonly today: ProjectFiles;
  readonly files: ProjectFiles;
  /** Those of the one run that goes back: they name the snapshots, too. */
  readonly applied: ProjectFiles;
  /** Workloads that went to or from another host since, and stay there. */
  readonly moves: readonly Move[];
  readonly returns: readonly DataReturn[];
  /** Those of them whose data comes back. */
  readonly restores: readonly RestoredReturn[];
  /** Places that do not answer, each in a sentence. */
  readonly silent: readonly string[];
}

/** What goes back with a snapshot. */
export type RestoredReturn = DataReturn & { readonly data: Snapshot };

/**
 * Works out what goes back. Nothing is changed, and the host is asked for snapshots alone.
 * @param number of the version
 * @throws Error where there is no such version to go back to, or no such workload in it
 */
export async function planRollback(
  project: Project,
  stack: string,
  number: number,
  { only, withCode = false, keepData = false }: RollbackRequest,
): Promise<Rollback> {
  const versions = await historyOf(project, stack);
  const version = versionToReturnTo(stack, versions, number);
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
  const { found: returns, silent } = await dataFound(target, version, known, concerned, keepData);
  const restores = keepData ? [] : returns.filter((one): one is RestoredReturn => typeof one.data === "object");
  const ids = Object.fromEntries(restores.map(({ workload, data }) => [workload, data.id]));
  const applied = restores.length === 0 ? declared : { ...declared, stack: withRestore(declared.stack, stack, ids) };
  return { project, stack, version, only, keepData, target, today, files, applied, moves, returns, restores, silent };
}

function filesIn(folder: string, stack: string): ProjectFiles {
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  return { project: read(PROJECT_FILE), stack: read(stackFile(stack)) };
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
export function withPreview(returns: readonly DataReturn[], { workloads }: Summary): readonly DataReturn[] {
  const hasData = (workload: string): boolean => workloads.some((one) => one.name === workload && one.hasData);
  return returns.map((one) => (one.from || hasData(one.workload) ? one : { ...one, data: "stateless" }));
}

/**
 * Refuses to go back without data.
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

/** What is about to go back, for people. */
export function rollbackText({ stack, version, only, today, files, moves, silent }: Rollback): string {
  const by = version.who === "" ? "" : ` by ${version.who}`;
  const stay = only === undefined ? moves : [];
  return [
    `${only ?? stack} back to version ${version.number} of ${timeText(version.time)}${by}: ${version.message}`,
    ...(version.dirty ? ["Its files differed from its git commit when it was applied."] : []),
    ...settingChanges(settingsOf(today), settingsOf(files)).map((change) => `  ${change}`),
    ...stay.map(({ workload, from, to }) => `${workload} went from ${from} to ${to} since, and stays as it is.`),
    ...silent.map((place) => `${place}.`),
  ].join("\n");
}
