import { readFile } from "node:fs/promises";
import { runOnHost, type SshTarget } from "./ssh.ts";
import { type HostReading, PROTOCOL_VERSION } from "./workload/protocol.ts";

/** A reading older than this is not used again: in an `up` the person may have thought long about the preview. */
const MAX_AGE_MS = 60_000;

/** The directories of a host are said first: what workloads answer takes longer. */
interface Reading {
  readonly at: number;
  readonly directories: Promise<HostReading["directories"]>;
  readonly whole: Promise<HostReading>;
}

const readings = new Map<string, Reading>();

/**
 * Everything that a host knows of what is ours, in one ssh session for all resources that ask: a refresh costs one session
 * per host, whatever the number of workloads.
 *
 * @throws {ConnectionError} when the host cannot be reached.
 */
export function readHost(target: SshTarget): Promise<HostReading> {
  return readingOf(target).whole;
}

/**
 * The directories alone, as soon as they are known. The engine reads only a few resources at a time, and each that has its answer
 * makes room for another: for the images, say, which another provider asks the host about.
 *
 * @throws {ConnectionError} as {@link readHost}
 */
export function readDirectories(target: SshTarget): Promise<HostReading["directories"]> {
  return readingOf(target).directories;
}

/** To be called before a change of a host: what was read of it no longer holds. */
export function forgetReading(target: SshTarget): void {
  readings.delete(key(target));
}

function key(target: SshTarget): string {
  return `${target.address}:${target.port} ${target.hostKey}`;
}

function readingOf(target: SshTarget): Reading {
  const known = readings.get(key(target));
  if (known && Date.now() - known.at < MAX_AGE_MS) return known;
  const reading = ask(target);
  readings.set(key(target), reading);
  return reading;
}

/** The reader is sent along, so that reading does not depend on which version of our program the host has, or whether any. */
function ask(target: SshTarget): Reading {
  const { promise: directories, resolve, reject } = Promise.withResolvers<HostReading["directories"]>();
  const directoriesIn = async (lines: string) => checked(target, lines).directories;
  let heard = false;
  const whole = readWhole(target, (stdout) => {
    if (heard || !stdout.includes("\n")) return;
    heard = true;
    resolve(directoriesIn(stdout.slice(0, stdout.indexOf("\n"))));
  });
  whole.then((reading) => resolve(reading.directories), reject);
  // Nobody may have asked for them: then nobody has to hear that they could not be read.
  directories.catch(() => {});
  return { at: Date.now(), directories, whole };
}

async function readWhole(target: SshTarget, heard: (stdout: string) => void): Promise<HostReading> {
  const program = await readFile(new URL("./workload/host/read.py", import.meta.url), "utf8");
  const { status, stdout, stderr } = await runOnHost(target, ["python3", "-"], program, { heard });
  if (status !== 0) throw new Error(`${target.name} could not be read: ${stderr.trim()}`);
  return checked(target, stdout);
}

/** A reading from its parts, a line each. The reader that lies on a host, for previews that may only read, may say all in one. */
export function parseReading(lines: string): HostReading {
  const parts = lines.trim().split("\n");
  return Object.assign({}, ...parts.map((line) => JSON.parse(line)));
}

function checked(target: SshTarget, lines: string): HostReading {
  const reading = parseReading(lines);
  if (reading.version !== PROTOCOL_VERSION)
    throw new Error(`${target.name} answered in version ${reading.version}, not ${PROTOCOL_VERSION}`);
  return reading;
}
