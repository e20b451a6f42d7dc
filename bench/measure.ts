import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";

/** How often each thing is measured. */
export const ROUNDS = 7;

/** What a benchmark found. `goal` is the largest value that is good enough, null where there is none. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
}

/** Figures by name: what `npm run -s bench -- --json` prints. */
export type Figures = Readonly<Record<string, Figure>>;

/** A command to time, in its folder and environment. */
export interface Timed {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How long a command takes, in milliseconds. @throws Error with its output when it fails: a failure is no measurement */
export function milliseconds({ program, args, cwd, env }: Timed): number {
  const before = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  const elapsed = performance.now() - before;
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} ended with status ${status}:\n${stdout}${stderr}`);
  return elapsed;
}

/**
 * How much longer one command takes than another: the median of the ratios of runs side by side, so that a machine that is
 * slow for a while is slow for both.
 */
export function ratio(one: Timed, other: Timed, rounds: number): number {
  milliseconds(one);
  milliseconds(other);
  return median(Array.from({ length: rounds }, () => milliseconds(one) / milliseconds(other)));
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
