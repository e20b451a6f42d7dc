import { readFile } from "node:fs/promises";
import { same } from "../../lab/canonical.ts";
import { observeHidden } from "../hidden.ts";
import { forgetReading, readDirectories } from "../host-reading.ts";
import { observedSources, readSources } from "../sources.ts";
import { runOnHost } from "../ssh.ts";
import type { DirectoryReading } from "../workload/protocol.ts";
import { type DirectoryInputs, inputsOf, modeOf } from "./inputs.ts";

/** Whether anything differs. Never connects. */
export async function diff(
  _id: string,
  olds: DirectoryInputs,
  news: DirectoryInputs,
): Promise<{ changes: boolean; replaces: string[] }> {
  return { changes: !same(inputsOf(olds), inputsOf(news)), replaces: olds.path === news.path ? [] : ["path"] };
}

/** Writes the files. Those that lie there are replaced: a host that was prepared before is taken over. */
export async function create(inputs: DirectoryInputs): Promise<{ id: string; outs: DirectoryInputs }> {
  await write(inputs);
  return { id: `${inputs.host.name}:${inputs.path}`, outs: inputsOf(inputs) };
}

/** Writes what changed and removes what is no longer declared; on failure the files of before are back. */
export async function update(_id: string, _olds: DirectoryInputs, news: DirectoryInputs): Promise<{ outs: DirectoryInputs }> {
  await write(news);
  return { outs: inputsOf(news) };
}

/** What the host has in its place. An id of "" tells the engine that nothing is there. */
export async function read(
  id: string,
  olds: DirectoryInputs,
): Promise<{ id: string; props?: DirectoryInputs; inputs?: DirectoryInputs }> {
  const reading = (await readDirectories(olds.host))[olds.path];
  if (!reading) return { id: "" };
  const inputs = observedInputs(inputsOf(olds), reading);
  return { id, props: inputs, inputs };
}

/** Removes the files that we wrote, after the command that makes the host do without them. */
async function remove(_id: string, olds: DirectoryInputs): Promise<void> {
  if (olds.deactivate !== "") {
    const { status, stderr } = await runOnHost(olds.host, ["/bin/sh", "-c", olds.deactivate]);
    if (status !== 0) throw new Error(`${olds.host.name}: ${olds.path} could not be given up: ${stderr.trim()}`);
  }
  await write({ ...olds, files: {}, sources: {}, secrets: {}, activate: "" });
}

export { remove as delete };

/** The inputs as the host has them, so that Pulumi's diff reads as what happened on the host. */
export function observedInputs(declared: DirectoryInputs, reading: DirectoryReading): DirectoryInputs {
  const files: Record<string, string> = {};
  const hashes: Record<string, string> = {};
  const odd: Record<string, string> = {};
  for (const [path, file] of Object.entries(reading.files)) {
    if (file.base64 === undefined || path in declared.sources) hashes[path] = file.sha256;
    else files[path] = Buffer.from(file.base64, "base64").toString();
    if (Number.parseInt(file.mode, 8) !== Number.parseInt(modeOf(declared, path), 8)) odd[path] = `mode ${file.mode}`;
    else if (!isOwner(declared, file.owner)) odd[path] = `owner ${file.owner}`;
  }
  // Of an update that was killed: it was on its way to a secret file that this one does not know.
  const foreign = Object.entries(hashes).filter(([path]) => !(path in declared.secrets) && !(path in declared.sources));
  const { secrets, found } = observeHidden(declared.secrets, hashes, { ...reading.undeclared, ...Object.fromEntries(foreign) });
  return { ...declared, files, sources: observedSources(declared.sources, hashes), secrets, found: { ...odd, ...found } };
}

/** The host answers `uid:gid user:group`, since what is declared may be either. */
function isOwner({ owner }: DirectoryInputs, actual: string): boolean {
  return actual.split(" ").includes(`${owner.user}:${owner.group}`);
}

async function write(inputs: DirectoryInputs): Promise<void> {
  const stage = (files: Readonly<Record<string, string | Buffer>>, secret: boolean) =>
    Object.entries(files).map(([path, content]) => [
      path,
      { base64: Buffer.from(content).toString("base64"), mode: modeOf(inputs, path), secret },
    ]);
  // Of a source, as of a secret, only a hash comes back with a reading.
  const hidden = { ...(await readSources(inputs.sources)), ...inputs.secrets };
  const files = Object.fromEntries([...stage(inputs.files, false), ...stage(hidden, true)]);
  const { host, path, exclusive, owner, activate } = inputs;
  const program = await readFile(new URL("./host/write.py", import.meta.url), "utf8");
  forgetReading(host);
  const { status, stderr } = await runOnHost(
    host,
    ["python3", "-c", program],
    JSON.stringify({ path, exclusive, owner, activate, files }),
  );
  forgetReading(host);
  if (status !== 0) throw new Error(`${host.name}: ${stderr.trim()}`);
}
