import { same } from "../../lab/canonical.ts";
import { ConnectionError, type SshTarget } from "../ssh.ts";
import { UNKNOWN_VALUE } from "../unknown.ts";
import { inputProblems } from "./declaration.ts";
import { type Change, planChange } from "./diff.ts";
import { type ManagementPath, pathProblems } from "./guard.ts";
import { Refusal } from "./identity.ts";
import { inputsOf, type UciInputs, type UciOutputs, UNREAD } from "./inputs.ts";
import { observedInputs, unmanagedSections } from "./observed.ts";
import { changedPlaces, changeLines, interruptions } from "./preview.ts";
import { type Reading, readingProblems, unchanged } from "./reading.ts";
import { carryOut, Reverted, readDevice } from "./transaction.ts";

/** A member of the inputs that is refused. */
interface Failure {
  readonly property: string;
  readonly reason: string;
}

/**
 * Refuses what cannot be sent, in the preview already, and notes what a change interrupts. Unchanged inputs keep what was noted,
 * so that a second preview is empty. Never connects.
 */
export async function check(olds: Partial<UciInputs>, news: UciInputs): Promise<{ inputs: UciInputs; failures: Failure[] }> {
  const failures = inputProblems(news, (value) => value === UNKNOWN_VALUE).map(({ property, reason }) => ({ property, reason }));
  return { inputs: { ...news, ...notes(olds, news) }, failures };
}

/** What is said about a change, for the preview: of the one that is coming, or the last. */
function notes(olds: Partial<UciInputs>, news: UciInputs): Pick<UciInputs, "interrupts" | "changedSecrets"> {
  const { interrupts = "", changedSecrets = [] } = olds;
  if (olds.device && same(comparable(olds as UciInputs), comparable(news))) return { interrupts, changedSecrets };
  return { interrupts: interruptions(olds, news), changedSecrets: changedPlaces("secrets", olds, news) };
}

/**
 * Whether anything differs. Never connects: a preview costs no ssh session.
 *
 * @param olds the resource's outputs in state, which hold its inputs.
 */
export async function diff(_id: string, olds: UciOutputs, news: UciInputs): Promise<{ changes: boolean }> {
  return { changes: !same(comparable(olds), comparable(news)) };
}

/** What is noted about a change is no change, and neither is how the next one will be judged. */
function comparable(properties: UciInputs): object {
  return { ...inputsOf(properties), interrupts: "", changedSecrets: [], probes: [] };
}

/** Takes a device over: what is declared is made so, everything else stays as it is. */
export async function create(inputs: UciInputs): Promise<{ id: string; outs: UciOutputs }> {
  return { id: inputs.device.name, outs: await apply(undefined, inputs) };
}

/** Changes the device in one transaction; on failure it is as it was, and Pulumi keeps the old inputs. */
export async function update(_id: string, olds: UciOutputs, news: UciInputs): Promise<{ outs: UciOutputs }> {
  return { outs: await apply(olds, news) };
}

/** What the device has in place of what was declared. One session, or none where it is {@link UNREAD}. */
export async function read(id: string, olds: UciOutputs): Promise<{ id: string; props: UciOutputs; inputs: UciInputs }> {
  if (process.env[UNREAD] !== undefined) return { id, props: olds, inputs: inputsOf(olds) };
  const reading = await readDevice(olds.device, packagesOf(olds, olds.before), olds.software, false);
  refuse(olds.device.name, readingProblems(reading));
  const inputs = observedInputs(inputsOf(olds), reading);
  return { id, props: { ...inputs, before: olds.before, unmanaged: unmanagedSections(olds, reading.packages) }, inputs };
}

/** Gives back everything that was declared: sections that we made go, values found before come back. */
async function remove(_id: string, olds: UciOutputs): Promise<void> {
  const nothing = { sections: {}, absent: {}, settings: {}, secrets: {}, order: {}, software: [], probes: [], found: {} };
  await apply(olds, { ...inputsOf(olds), ...nothing });
}

export { remove as delete };

async function apply(olds: UciOutputs | undefined, news: UciInputs): Promise<UciOutputs> {
  const { name } = news.device;
  refuse(
    name,
    inputProblems(news).map(({ reason }) => reason),
  );
  const packages = packagesOf(news, olds?.before ?? {});
  const { from, reading } = await reach(olds?.device ?? news.device, news.device, packages, news.software);
  refuse(name, [...readingProblems(reading), ...reading.obstacles]);
  const change = plan(name, reading, olds, news);
  if (change.operations.length > 0) await transact(from, reading, change, olds, news);
  return { ...inputsOf(news), before: change.before, unmanaged: unmanagedSections(news, change.after) };
}

/** Makes a device ready and reads it, at its old address or, where a change of that went through before, at the new one. */
async function reach(
  old: SshTarget,
  next: SshTarget,
  packages: readonly string[],
  software: UciInputs["software"],
): Promise<{ from: SshTarget; reading: Reading }> {
  try {
    return { from: old, reading: await readDevice(old, packages, software, true) };
  } catch (error) {
    if (!(error instanceof ConnectionError) || same(old, next)) throw error;
    return { from: next, reading: await readDevice(next, packages, software, true) };
  }
}

function plan(name: string, reading: Reading, olds: UciOutputs | undefined, news: UciInputs): Change {
  try {
    const change = planChange(reading.packages, olds?.before ?? {}, news);
    const problems = pathProblems(reading.packages, change.after, managementPath(reading, news.device));
    if (problems.length === 0 || news.allowManagementPathChange) return change;
    throw new Refusal(
      [
        "the change would take away the path that it is made over:",
        ...problems.map((problem) => `  ${problem}`),
        "If you mean it, set allowManagementPathChange for this device. It goes back by itself if it cannot be reached then.",
      ].join("\n"),
    );
  } catch (error) {
    if (error instanceof Refusal) throw new Error(`${name}: ${unchanged(reading)}: ${error.message}`);
    throw error;
  }
}

/** The device's own view of the connection, since a door or a tunnel may lie before it. */
function managementPath({ connection }: Reading, { address, port }: SshTarget): ManagementPath {
  return { address: connection.address || address, port: Number(connection.port || port), client: connection.client };
}

async function transact(
  from: SshTarget,
  reading: Reading,
  { operations, after }: Change,
  olds: UciOutputs | undefined,
  news: UciInputs,
): Promise<void> {
  try {
    await carryOut({ from, to: news.device, operations, after, reading }, news);
  } catch (error) {
    if (!(error instanceof Reverted)) throw error;
    const secret = new Set([...Object.keys(news.secrets), ...Object.keys(olds?.secrets ?? {})]);
    const lines = changeLines(reading.packages, operations, (place) => secret.has(place));
    throw new Error([error.message, "Not kept:", ...lines.map((line) => `  ${line}`)].join("\n"));
  }
}

function packagesOf(inputs: UciInputs, before: UciOutputs["before"]): readonly string[] {
  const keys = [inputs.sections, inputs.absent ?? {}, before].flatMap(Object.keys);
  // The last three show by what way the change comes; `check` of the path needs them, whatever is declared.
  const names = [...keys.map((key) => key.split(".")[0] ?? ""), "network", "firewall", "dropbear"];
  return [...new Set(names)].sort();
}

function refuse(name: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.map((problem) => `${name}: nothing was changed: ${problem}`).join("\n"));
}
