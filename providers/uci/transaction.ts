import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../lab/canonical.ts";
import { ConnectionError, runOnHost, type SshResult, type SshTarget } from "../ssh.ts";
import { differences } from "./differences.ts";
import type { Software, UciInputs } from "./inputs.ts";
import type { Packages } from "./model.ts";
import type { Operation } from "./operations.ts";
import { parseReading, type Reading, readingProblems, unchanged } from "./reading.ts";
import { renderBatch, renderChanges } from "./render.ts";
import { applyCommand, applyInput, confirmCommand, readCommand } from "./scripts.ts";
import { staleTunnels } from "./tunnels.ts";

/** How long our watchdog waits after rpcd should have gone back. */
const WATCHDOG_SECONDS = 15;
/** How long it takes to go back, at most. */
const RESTORE_SECONDS = 5;
/** What we need of that time to judge a change, and to take it back ourselves, which says more than to let the device do it. */
const JUDGE_SECONDS = 5;
/** A device that takes a change up says something each second: one that does not has cut off who made the change. */
const SILENCE_SECONDS = 5;
/** Between attempts to reach a device whose network is being changed. */
const RETRY_SECONDS = 2;

/** A change that was not kept: the device is as it was, or will be within seconds. */
export class Reverted extends Error {}

/** What is to be carried out on a device. */
export interface Order {
  /** Where the device answers now. */
  readonly from: SshTarget;
  /** Where it has to answer then. */
  readonly to: SshTarget;
  readonly operations: readonly Operation[];
  /** What it must be read back as. */
  readonly after: Packages;
  readonly reading: Reading;
}

type Settings = Pick<UciInputs, "probes" | "confirmWithinSeconds">;

/**
 * Reads a device, in one session.
 * @param prepare before a change: ends what an interrupted one left, and installs missing software
 */
export async function readDevice(
  target: SshTarget,
  packages: readonly string[],
  software: readonly Software[],
  prepare: boolean,
): Promise<Reading> {
  const { stdout, stderr } = await runOnHost(target, readCommand(packages, software, prepare));
  const reading = parseReading(target.name, stdout);
  const missing = software.map(({ name }) => name).filter((name) => !reading.software.includes(name));
  // What stands in the way of the change stood in the way of that, too.
  const isHindered = [...readingProblems(reading), ...reading.obstacles].length > 0;
  if (!prepare || isHindered || missing.length === 0) return reading;
  throw new Error(`${target.name}: ${unchanged(reading)}: ${missing.join(", ")} could not be installed:\n${stderr.trim()}`);
}

/**
 * Carries a change out as one transaction: two sessions. It is kept only when all services have it and the device then, over a
 * new connection and at its address of then, has what it should have and those probes pass that passed before. Otherwise the
 * device goes back, by itself where nobody reaches it.
 *
 * @throws {Reverted} with the reason
 */
export async function carryOut(order: Order, settings: Settings): Promise<void> {
  const { from, operations, reading, after } = order;
  const packages = [...new Set(operations.map((operation) => operation.package))].sort();
  const trial = { id: randomUUID(), packages };
  const rollback = settings.confirmWithinSeconds;
  const more = { tunnels: staleTunnels(reading.packages, after), probes: settings.probes };
  const command = applyCommand(trial.id, rollback, rollback + WATCHDOG_SECONDS, rollback - JUDGE_SECONDS, packages, more);
  const sums = packages.map((name) => reading.sums.get(name));
  const input = applyInput(packages, sums, sha256(renderChanges(operations, packages)), renderBatch(operations));
  const started = Date.now();
  // A connection that breaks here may be the change itself: the next session finds out how far it came.
  const session = { silenceSeconds: SILENCE_SECONDS };
  const applied = await runOnHost(from, command, input, session).catch((error: unknown) => asBroken(error));
  if (applied) acceptApplied(order, applied);
  return confirm(order, trial, settings, started + rollback * 1000);
}

function asBroken(error: unknown): undefined {
  if (error instanceof ConnectionError && error.broke) return undefined;
  throw error;
}

/** What the device says when it does not even try, and what it means. */
const REFUSALS: Readonly<Record<string, string>> = {
  busy: "another update is trying a change on it. Try again in a minute or two.",
  pending: "a change that somebody else made waits there for its confirmation. Try again in a minute or two.",
  staged: "somebody has changes on it that are not committed: uci changes",
  changed: "its configuration was changed by somebody else in this moment. Try again: the change will be worked out anew.",
  full: "a copy of its configuration does not fit on its flash. Free some space there.",
  norpcd: "rpcd, which carries out changes, does not answer. Start it: service rpcd start",
  batch: "uci did not take all commands:",
  dropped: "uci took the commands, but not all of them arrived: is /tmp full?",
  snapshot: "rpcd's copy of the old configuration was not whole (is /tmp full?), so the change was taken back at once.",
  apply: "rpcd refused to apply the change, with ubus code",
};

function acceptApplied({ from, reading }: Order, { stdout, stderr, status }: SshResult): void {
  if (stdout.includes("== switched")) return;
  const [, word = "", rest = ""] = /^== refused (\w+)(.*)$/m.exec(stdout) ?? [];
  const reason = REFUSALS[word] ?? `it ended with status ${status} and no answer.`;
  throw new Reverted(
    [`${from.name}: ${unchanged(reading)}: ${reason}${rest}`, stderr.trim()].filter((line) => line !== "").join("\n"),
  );
}

interface Trial {
  readonly id: string;
  readonly packages: readonly string[];
}

/** Asks until the device's time is over, and then whether it went back. */
async function confirm(order: Order, trial: Trial, settings: Settings, deadline: number): Promise<void> {
  const { to } = order;
  for (;;) {
    try {
      const patience = Math.max(0, Math.floor((deadline - Date.now()) / 1000) - JUDGE_SECONDS);
      if ((await judge(order, trial, settings, patience)) === "kept") return;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      if (Date.now() + RETRY_SECONDS * 1000 >= deadline) {
        await sleep(Math.max(0, deadline + (WATCHDOG_SECONDS + RESTORE_SECONDS) * 1000 - Date.now()));
        throw new Reverted(
          `${to.name} could not be reached after the change:\n${error.message}\n${await cameBack(order, trial)}`,
        );
      }
      await sleep(RETRY_SECONDS * 1000);
    }
  }
}

/**
 * Reads back over a new connection, and says in the same session whether the device shall keep the change. `early` where the
 * connection came in before the services had it.
 */
async function judge(
  { to, after, reading: before }: Order,
  trial: Trial,
  settings: Settings,
  patience: number,
): Promise<"kept" | "early"> {
  let reading: Reading | undefined;
  let problems: readonly string[] = [];
  const answer = (stdout: string) => {
    if (!stdout.endsWith("== end\n")) return undefined;
    reading = parseReading(to.name, stdout);
    problems = problemsOf(stdout, reading, after, trial, settings);
    return problems.length === 0 ? "confirm\n" : "revert\n";
  };
  const command = confirmCommand(trial.id, trial.packages, settings.probes, patience);
  const { stdout, stderr } = await runOnHost(to, command, "", { fresh: true, answer });
  if (stdout.endsWith("\n== early\n")) return "early";
  if (!reading)
    throw new Reverted(`${to.name} gave no complete answer after the change, and goes back by itself: ${stderr.trim()}`);
  if (stdout.includes("\n== gone\n")) {
    // Restarted, gone back too early, or confirmed by a session that broke before it could say so.
    const kept = differences(pick(after, trial.packages), reading.packages).length === 0;
    if (kept) return "kept";
    throw new Reverted(
      `${to.name} went back to the configuration of before: it was restarted, or somebody took the change back.`,
    );
  }
  if (differences(pick(before.packages, trial.packages), reading.packages).length === 0) {
    // rpcd was sooner: a connection that was tried in time came through when the way was there again.
    throw new Reverted(`${to.name} could not be reached after the change, or not in time. It has gone back by itself.`);
  }
  if (problems.length > 0) {
    const output = stderr.trim() === "" ? [] : [stderr.trim()];
    throw new Reverted([`${to.name} took the change back, because it did not pass:`, ...problems, ...output].join("\n  "));
  }
  if (stdout.includes("\n== confirmed\n")) return "kept";
  throw new Reverted(`${to.name} took the change back: its configuration changed again before it was confirmed.`);
}

function problemsOf(
  stdout: string,
  reading: Reading,
  after: Packages,
  { packages }: Trial,
  { probes, confirmWithinSeconds }: Settings,
): readonly string[] {
  const unsettled = `its services were still reloading after most of confirmWithinSeconds (${confirmWithinSeconds})`;
  const failed = [...stdout.matchAll(/^== probe (\d+)$/gm)].map(([, index]) => `not so: ${probes[Number(index)]?.name}`);
  return [
    ...(stdout.includes("\n== unsettled\n") ? [unsettled] : []),
    ...differences(pick(after, packages), reading.packages),
    ...failed,
  ];
}

/** What became of a change that could not be confirmed, asked at the old address. */
async function cameBack({ from }: Order, trial: Trial): Promise<string> {
  try {
    const { stdout } = await runOnHost(from, confirmCommand(trial.id, trial.packages, [], 0), "", { fresh: true });
    if (stdout.includes("\n== gone\n")) return `It has gone back by itself, and answers again at ${from.address}.`;
    return `It answers at ${from.address}, but has not gone back yet.`;
  } catch (error) {
    return `It should have gone back by now, but does not answer at ${from.address} either: ${(error as Error).message}`;
  }
}

function pick(packages: Packages, names: readonly string[]): Packages {
  return new Map(names.map((name) => [name, packages.get(name) ?? []]));
}
