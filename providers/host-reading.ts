import { readFile } from "node:fs/promises";
import { runOnHost, type SshTarget } from "./ssh.ts";
import { type HostReading, PROTOCOL_VERSION } from "./workload/protocol.ts";

/** A reading older than this is not used again: in an `up` the person may have thought long about the preview. */
const MAX_AGE_MS = 60_000;

const readings = new Map<string, { at: number; reading: Promise<HostReading> }>();

/**
 * Everything that a host knows of what is ours, in one ssh session for all resources that ask: a refresh costs one session
 * per host, whatever the number of workloads.
 *
 * @throws {ConnectionError} when the host cannot be reached.
 */
export function readHost(target: SshTarget): Promise<HostReading> {
  const known = readings.get(key(target));
  if (known && Date.now() - known.at < MAX_AGE_MS) return known.reading;
  const reading = ask(target);
  readings.set(key(target), { at: Date.now(), reading });
  return reading;
}

/** To be called before a change of a host: what was read of it no longer holds. */
export function forgetReading(target: SshTarget): void {
  readings.delete(key(target));
}

function key(target: SshTarget): string {
  return `${target.address}:${target.port} ${target.hostKey}`;
}

/** The reader is sent along, so that reading does not depend on which version of our program the host has, or whether any. */
async function ask(target: SshTarget): Promise<HostReading> {
  const program = await readFile(new URL("./workload/host/read.py", import.meta.url), "utf8");
  const { status, stdout, stderr } = await runOnHost(target, ["python3", "-"], program);
  if (status !== 0) throw new Error(`${target.name} could not be read: ${stderr.trim()}`);
  const reading = JSON.parse(stdout) as HostReading;
  if (reading.version !== PROTOCOL_VERSION)
    throw new Error(`${target.name} answered in version ${reading.version}, not ${PROTOCOL_VERSION}`);
  return reading;
}
