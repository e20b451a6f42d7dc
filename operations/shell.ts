/** Running other programs. */
import { spawn, spawnSync } from "node:child_process";

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; the default is this process's. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** After these the program is killed and counts as failed. */
  readonly timeoutSeconds?: number;
}

/** What came of a program. */
export interface Result {
  /** Exit status; 128 + 9 for a program that was killed, 127 for one that did not start. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that had to succeed and did not. The message has the command and the last lines of what it printed. */
export class CommandFailed extends Error {
  readonly result: Result;
  constructor(command: string, args: readonly string[], result: Result) {
    const output = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-25).join("\n  ");
    super(`\`${[command, ...args].join(" ")}\` ended with ${result.status}:\n  ${output}`);
    this.result = result;
  }
}

/** A program that runs. */
export interface Running {
  /** What comes of it in the end. */
  readonly result: Promise<Result>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly pid: number | undefined;
}

/** Ids of the processes that a process has started, and of those that these have. */
export function descendants(parent: number | undefined): readonly number[] {
  if (parent === undefined) return [];
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(parent)], { encoding: "utf8" });
  const children = stdout.split("\n").map(Number).filter(Boolean);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Runs a program to its end and returns what came of it, whatever that is. */
export function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return launch(command, args, options).result;
}

/** Starts a program. */
export function launch(command: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
  const result = new Promise<Result>((resolve) => {
    const timer =
      options.timeoutSeconds === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), options.timeoutSeconds * 1000);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => resolve({ status: 127, stdout, stderr: error.message }));
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ status: code ?? 137, stdout, stderr });
    });
  });
  // A program that does not read its input may close it first; its exit status says enough.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input);
  return { result, kill: (signal) => child.kill(signal), pid: child.pid };
}

/** Runs a program that has to succeed; returns its stdout without the newline at the end. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(command, args, options);
  if (result.status !== 0) throw new CommandFailed(command, args, result);
  return result.stdout.trimEnd();
}

/** Runs a program on this terminal; returns its exit status. */
export function show(command: string, args: readonly string[], options: RunOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 137));
  });
}

/** Tries `probe` once a second until it returns something other than undefined; throws with `what` when the time is up. */
export async function waitFor<T>(what: string, seconds: number, probe: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`After ${seconds} s still waiting: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
