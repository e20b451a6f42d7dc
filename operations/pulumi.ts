/** Running Pulumi on a project: that of the folder in which a command is started, and whatever its environment says. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type EngineEvent, parseEvent } from "./engine-events.ts";
import { packageVersionOf } from "./packages.ts";
import { attempt, type Result } from "./shell.ts";

/** Where Pulumi runs, and with what: backend and passphrase come in by the environment, as they do for `npx pulumi`. */
export interface Project {
  /** With `Pulumi.yaml` in it. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its program lies, if that is of another commit than this code. */
  readonly code?: string;
}

/**
 * The project that a command of `npm run` is about. A rollback and a look into an offline kit run Pulumi in another folder, from where
 * a relative path leads nowhere.
 */
export function hereProject(): Project {
  const { PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  return { folder: process.cwd(), env: { ...process.env, ...(file && { PULUMI_CONFIG_PASSPHRASE_FILE: resolve(file) }) } };
}

/** What came of a preview or an update. */
export interface EngineRun {
  /** Exit status. */
  readonly status: number;
  readonly events: readonly EngineEvent[];
  /** What it said beside its events: why it did not even begin. */
  readonly said: string;
  /** Somebody pressed Ctrl-C meanwhile. */
  readonly interrupted?: true;
}

/** A run of Pulumi that failed, in its own words. */
export class PulumiFailed extends Error {}

/** Pulumi itself, as it is being fetched, by the path where it will lie. */
const fetches = new Map<string, Promise<Result>>();

/**
 * Sees to it that Pulumi itself is there. npm's `pulumi` fetches it when it is first asked something, on a new runner and after each
 * new version, and the installer says so on stdout, where an answer is to be read. So the first question is one that nobody reads.
 */
async function fetchPulumi({ env }: Project): Promise<void> {
  const home = env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const program = join(home, "versions", packageVersionOf("pulumi"), "bin", "pulumi");
  if (existsSync(program)) return;
  const fetch = fetches.get(program) ?? attempt("pulumi", ["version"], { env });
  fetches.set(program, fetch);
  await fetch;
}

/** Runs Pulumi to its end, without questions; whatever comes of it. */
export async function runPulumi(project: Project, args: readonly string[], input?: string): Promise<Result> {
  await fetchPulumi(project);
  const { folder, env } = project;
  const options = { cwd: folder, env, ...(input === undefined ? {} : { input }) };
  return attempt("pulumi", [...args, "--non-interactive", "--color", "never"], options);
}

/**
 * Runs Pulumi to its end; what it printed.
 * @throws {PulumiFailed} with what it said, when it fails
 */
export async function pulumiOutput(project: Project, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runPulumi(project, args);
  if (status !== 0) throw new PulumiFailed(`\`pulumi ${args.slice(0, 2).join(" ")}\` failed:\n${reason(stderr || stdout)}`);
  return stdout;
}

/**
 * Runs a preview or an update and reads its events as they come.
 *
 * By a pipe, and not by `--event-log`: in its debugging lines, which go into that file too, stand private keys in clear.
 *
 * @param args e.g. `["preview", "--stack", "adama"]`
 * @param tell hears each event, for people who wait
 */
export async function runEngine(
  project: Project,
  args: readonly string[],
  tell: (event: EngineEvent) => void = () => {},
): Promise<EngineRun> {
  await fetchPulumi(project);
  const { folder, env } = project;
  const child = spawn("pulumi", [...args, "--json", "--non-interactive", "--color", "never"], {
    cwd: folder,
    // Without this, `preview --json` prints one object at its end, which knows neither policies nor what failed.
    env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const events: EngineEvent[] = [];
  let said = "";
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const event = parseEvent(line);
    if (event === undefined) {
      if (!line.startsWith("{")) said += `${line}\n`;
      return;
    }
    events.push(event);
    tell(event);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  // Ctrl-C reaches Pulumi too, which then lets its running operations end: this process has to outlive it.
  let interrupted = false;
  const wait = (): void => {
    interrupted = true;
  };
  process.on("SIGINT", wait);
  return await new Promise((resolve) => {
    child.on("error", (error) => {
      said += `pulumi could not be started: ${error.message}. Run this with \`npm run\`.\n`;
      resolve({ status: 127, events, said });
    });
    child.on("close", (code) => {
      process.off("SIGINT", wait);
      resolve({ status: code ?? 137, events, said: reason(said), ...(interrupted && { interrupted }) });
    });
  });
}

/** Pulumi's error without what stands around it. */
function reason(said: string): string {
  const lines = said.trim().split("\n");
  const first = lines.findIndex((line) => line.startsWith("error: "));
  return (first < 0 ? lines : lines.slice(first)).join("\n").replace(/^error: /, "");
}
