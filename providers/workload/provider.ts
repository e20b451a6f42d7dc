import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { same } from "../../lab/canonical.ts";
import { forgetReading, readHost } from "../host-reading.ts";
import { readSources } from "../sources.ts";
import { ConnectionError, runOnHost, type SshTarget } from "../ssh.ts";
import { HOMELAB } from "./host-program.ts";
import { inputsOf, type WorkloadInputs, type WorkloadOutputs } from "./inputs.ts";
import {
  type ApplyRequest,
  type Identified,
  type Outcome,
  PROTOCOL_VERSION,
  type RemoveRequest,
  type WorkloadReading,
} from "./protocol.ts";
import { queue, RefusedError } from "./queue.ts";
import { observedInputs } from "./read.ts";
import { applyRequest } from "./request.ts";

/** For how long, and at most how many seconds apart, a host is asked again after the connection broke in the middle. */
const RECONNECT = { forSeconds: 120, everySeconds: 6 };

/**
 * Adds what follows from what was before: {@link WorkloadInputs.backupBefore}, and a restore that was carried out. Never connects.
 *
 * @param olds the inputs in state; nothing before the resource is created
 */
export async function check(
  olds: Partial<WorkloadInputs>,
  news: WorkloadInputs,
): Promise<{ inputs: WorkloadInputs; failures: never[] }> {
  queue.asked(news.host.name, news.name, news.hostWorkloads);
  const backupBefore = backupBeforeOf(olds, news);
  const restore = restoreOf(olds, news);
  return { inputs: { ...news, ...(backupBefore && { backupBefore }), ...(restore && { restore }) }, failures: [] };
}

/** Whether data is saved before another image gets it. An upgrade that drops the recipe too is saved by the old one. */
function isSaved<T extends Partial<WorkloadInputs>>(olds: T, news: WorkloadInputs): olds is T & Pick<WorkloadInputs, "image"> {
  return Boolean(news.backup ?? olds.backup) && olds.image !== undefined && olds.image !== news.image;
}

function backupBeforeOf(olds: Partial<WorkloadInputs>, news: WorkloadInputs): string | undefined {
  if (!isSaved(olds, news)) return olds.backupBefore;
  const [from, to] = [olds.version ?? "", news.version];
  if (from !== to) return `${from} → ${to}`;
  // A tag that was built anew.
  return `${from} (${shortDigest(olds.image)}) → ${to} (${shortDigest(news.image)})`;
}

function shortDigest(image: string): string {
  return image.slice(image.indexOf("@") + 1).slice(0, "sha256:".length + 8);
}

/** The same snapshot asked for once more, with a change of image, is another request: its data has been written to since. */
function restoreOf(olds: Partial<WorkloadInputs>, news: WorkloadInputs): string | undefined {
  if (news.restore === undefined) return olds.restore;
  const [snapshot, again] = olds.restore?.split("/") ?? [];
  if (snapshot !== news.restore) return news.restore;
  return olds.image === news.image ? olds.restore : `${snapshot}/${Number(again ?? 1) + 1}`;
}

/**
 * Whether anything differs. Never connects: a preview costs no ssh session.
 *
 * @param olds the resource's outputs in state, which hold its inputs.
 */
export async function diff(_id: string, olds: WorkloadOutputs, news: WorkloadInputs): Promise<{ changes: boolean }> {
  const aside = { turn: 0, hostWorkloads: 0, initialise: false };
  const changes = !same({ ...inputsOf(olds), ...aside }, { ...inputsOf(news), ...aside });
  queue.answered(news.host.name, news.name, changes);
  return { changes };
}

/** Brings the workload up; on failure nothing of it is left on the host. */
export async function create(inputs: WorkloadInputs): Promise<{ id: string; outs: WorkloadOutputs }> {
  return { id: `${inputs.host.name}/${inputs.name}`, outs: await apply(inputs) };
}

/** Changes the workload in one transaction; on failure the old version serves, and Pulumi keeps the old inputs. */
export async function update(_id: string, olds: WorkloadOutputs, news: WorkloadInputs): Promise<{ outs: WorkloadOutputs }> {
  return { outs: await apply(news, olds) };
}

/** What the host has in its place. An id of "" tells the engine that nothing is there. */
export async function read(
  id: string,
  olds: WorkloadOutputs,
): Promise<{ id: string; props?: WorkloadOutputs; inputs?: WorkloadInputs }> {
  const reading = (await readHost(olds.host)).workloads[olds.name];
  if (!reading) return { id: "" };
  sayHolds(olds, reading);
  const inputs = observedInputs(inputsOf(olds), reading);
  const { transaction, outages = {} } = olds;
  return { id, props: { ...inputs, transaction, outages, ...found(reading) }, inputs };
}

/**
 * What is held is no difference that an `up` puts right, so that no diff shows it; what a provider writes here, the engine shows to
 * whoever refreshes.
 */
function sayHolds({ name, host }: WorkloadOutputs, { holds }: WorkloadReading): void {
  for (const { imageTag, why } of Object.values(holds)) {
    process.stderr.write(
      `${name} ${imageTag} is held on ${host.name}: ${why} To let it in again: npm run release -- ${host.name} ${name}\n`,
    );
  }
}

/** Removes unit, container, network and files. The data stays where it is. */
async function remove(_id: string, olds: WorkloadOutputs): Promise<void> {
  const request: RemoveRequest = { version: PROTOCOL_VERSION, workload: olds.name, deleteData: false };
  await tell(olds.host, await inTurn(olds, () => transact(olds, "remove", request)));
}

export { remove as delete };

/** @param olds what was before; nothing before the resource is created */
async function apply(inputs: WorkloadInputs, olds?: WorkloadOutputs): Promise<WorkloadOutputs> {
  const restoring = inputs.restore !== undefined && inputs.restore !== olds?.restore;
  const request = applyRequest(inputs, await readSources(inputs.sources));
  const outcome = await inTurn(inputs, () => transact(inputs, "apply", { ...request, restoring }));
  await tell(inputs.host, outcome);
  const { transaction, action, outageSeconds } = outcome;
  const way = olds && isSaved(olds, inputs) ? "upgrade" : "restart";
  const outages = { ...olds?.outages, ...(action === "restart" ? { [way]: outageSeconds } : {}) };
  return { ...inputsOf(inputs), transaction, outages, ...found(outcome) };
}

/** What the host has besides, as outputs: only what is there, since the engine refuses `undefined`. */
function found({ restorePoint, holds = {} }: Pick<Outcome, "restorePoint"> & Partial<Pick<WorkloadReading, "holds">>) {
  return { ...(restorePoint ? { restorePoint } : {}), holds };
}

/** A state that an earlier version of the program wrote has no turn. */
function inTurn<T>({ host, name, turn = 0 }: WorkloadInputs, work: () => Promise<T>): Promise<T> {
  return queue.run(host.name, { name, turn }, work);
}

/**
 * Hands a request to the host and waits for its outcome. The transaction outlives the connection, and the host knows the
 * request again: it attaches to the transaction that runs, or gives the outcome of the one that ended.
 */
async function transact(
  { host, initialise = false }: WorkloadInputs,
  verb: "apply" | "remove",
  request: (ApplyRequest | RemoveRequest) & Pick<Identified, "restoring">,
): Promise<Outcome> {
  forgetReading(host);
  const identified: Identified = { id: randomBytes(4).toString("hex"), host: host.name, commit: gitCommit(), initialise };
  const stdin = JSON.stringify({ ...request, ...identified });
  let broken: number | undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { status, stdout, stderr } = await runOnHost(host, [HOMELAB, verb], stdin);
      return accept(host, request.workload, lastOutcome(stdout) ?? withoutOutcome(host, status, stderr));
    } catch (error) {
      // The first failure to connect is the answer: nothing was started. Later ones come from a break in the middle.
      if (!(error instanceof ConnectionError) || (broken === undefined && !error.broke)) throw error;
      broken ??= Date.now();
      if (Date.now() - broken > RECONNECT.forSeconds * 1000) throw new ConnectionError(`${error.message}\n${GOES_ON}`, true);
      await sleep(Math.min(2 ** attempt, RECONNECT.everySeconds) * 1000);
    } finally {
      forgetReading(host);
    }
  }
}

/**
 * The commit that the program is of, for the tags of snapshots; empty where nobody can tell. That of this file's repository: the
 * engine starts us in the folder of the project, which may be a copy of Pulumi.yaml somewhere else (operations/history/scratch.ts).
 */
function gitCommit(): string {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: import.meta.dirname, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

const GOES_ON = "What was begun there goes on by itself. Once the host answers again, `pulumi up` finds what came of it.";

function accept(host: SshTarget, workload: string, outcome: Outcome): Outcome {
  if (outcome.result === "confirmed" || outcome.result === "unchanged") return outcome;
  const log = outcome.log.length > 0 ? ["Its last log lines:", ...outcome.log.map((line) => `  ${line}`)] : [];
  const Failed = outcome.result === "refused" ? RefusedError : Error;
  throw new Failed([`${workload} on ${host.name}: ${outcome.message}`, ...log].join("\n"));
}

/** Hands what a person has to hear of to Pulumi, which shows it with the other warnings of its run. Only then is the SDK needed. */
async function tell(host: SshTarget, { workload, notes }: Outcome): Promise<void> {
  if (!notes) return;
  const { warn } = await import("@pulumi/pulumi/log/index.js");
  await warn(`${workload} on ${host.name}: ${notes}`);
}

function lastOutcome(stdout: string): Outcome | undefined {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  return line.startsWith("{") ? (JSON.parse(line) as Outcome) : undefined;
}

function withoutOutcome(host: SshTarget, status: number, stderr: string): never {
  throw new Error(`${HOMELAB} on ${host.name} ended with status ${status} and no outcome:\n${stderr.trim()}`);
}
