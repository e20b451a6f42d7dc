/** Runs the steps of a recording against a stack, and compares each with what was recorded. */
import { expect } from "vitest";
import { asRecorded, differences, type RecordedChange } from "./compare.ts";
import type { Run, Stack, StateResource } from "./engine.ts";

/** A part of the state as recorded: of the outputs and inputs, those that the recording shows. */
export interface RecordedResource {
  resource: string;
  id?: string;
  delete?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** A step of a recording: a command of the CLI, or something done by hand. */
export interface RecordedStep {
  run?: "preview" | "up" | "refresh" | "destroy";
  s?: string;
  flags?: string[];
  byHand?: string;
  exit?: number;
  proposes?: RecordedChange[];
  did?: string[];
  errors?: string[];
  output?: string[];
  state?: RecordedResource[];
  note?: string;
}

/** What the test does for the steps done by hand, by their text. What it returns is compared with the recorded output. */
export type ByHand = Record<string, () => Promise<string[] | undefined>>;

/**
 * Replays `steps`. Each difference is a failure of its own, with the step in its message. A step without `s` keeps the
 * variant of the one before, as in the recordings.
 */
export async function replay(stack: Stack, steps: RecordedStep[], byHand: ByHand = {}): Promise<void> {
  let s = "1";
  for (const [index, step] of steps.entries()) {
    s = step.s ?? s;
    const name = `step ${index}: ${step.byHand ?? `${step.run} ${s} ${step.flags?.join(" ") ?? ""}`}`;
    if (step.byHand !== undefined) await checkByHand(step, byHand, name);
    if (step.run !== undefined) checkRun(step, await stack.run(step.run, s, ...(step.flags ?? [])), name);
    if (step.state !== undefined) checkState(step.state, await stack.state(), name);
  }
}

async function checkByHand(step: RecordedStep, byHand: ByHand, name: string): Promise<void> {
  const act = byHand[step.byHand ?? ""];
  if (act === undefined) throw new Error(`${name}: the test does not say how to do this`);
  const output = await act();
  if (output !== undefined) check(name, "output", (step.output ?? []).toSorted(), output.toSorted());
}

/** Compares a run of the CLI with a recorded step. */
export function checkRun(step: RecordedStep, run: Run, name: string): void {
  expect.soft(run.exit === 0, `${name}: exit ${run.exit}, recorded ${step.exit}\n${run.output}`).toBe(step.exit === 0);
  if (step.proposes !== undefined) check(name, "proposes", step.proposes, asRecorded(run.proposes));
  if (step.did !== undefined) check(name, "did", step.did.toSorted(), run.did.toSorted());
  if (step.errors !== undefined) check(name, "errors", step.errors, run.errors.map(oneLine).toSorted());
}

/** Compares the recorded parts of the state. */
export function checkState(recorded: RecordedResource[], state: StateResource[], name: string): void {
  for (const part of recorded) {
    const found = state.find((each) => resourceName(each) === part.resource && each.delete === (part.delete ?? false));
    const actual = found && { resource: part.resource, ...chosen(part, found) };
    check(name, part.resource, part, actual);
  }
}

function chosen(part: RecordedResource, found: StateResource): Record<string, unknown> {
  const pick = (from: Record<string, unknown>, like: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(from).filter(([key]) => key in like));
  return {
    ...(part.id === undefined ? {} : { id: found.id }),
    ...(part.delete === undefined ? {} : { delete: found.delete }),
    ...(part.inputs === undefined ? {} : { inputs: pick(found.inputs, part.inputs) }),
    ...(part.outputs === undefined ? {} : { outputs: pick(found.outputs, part.outputs) }),
  };
}

/** Fails, without ending the test, when `actual` differs from what was recorded. */
export function check(step: string, what: string, recorded: unknown, actual: unknown): void {
  expect.soft(differences(recorded, actual, what), step).toEqual([]);
}

/** Type and name of a resource in state. */
export function resourceName(resource: StateResource): string {
  return `${resource.type.split(":").at(-1)} ${resource.name}`;
}

// The two streams of a command's output come in either order; so do the recordings have them sorted.
function oneLine(text: string): string {
  const [first = "", ...rest] = text.split("\n").map((line) => line.trim());
  const lines = first.endsWith('":') ? rest.toSorted() : rest;
  return [first, ...lines].join(" ").replaceAll(/\s+/g, " ").trim();
}

/** A recording with its placeholders, such as `<registry>`, filled in. */
export function filled<T>(recording: T, values: Record<string, string>): T {
  let text = JSON.stringify(recording);
  for (const [placeholder, value] of Object.entries(values)) text = text.replaceAll(placeholder, value);
  return JSON.parse(text) as T;
}
