import { hashOf } from "../../lab/canonical.ts";
import type { WorkloadInputs } from "./inputs.ts";
import { type ApplyRequest, PROTOCOL_VERSION, type StagedFile } from "./protocol.ts";

/**
 * What the host is asked to make of a workload's inputs. The same inputs always give the same `content`.
 * @param sources contents of the inputs' sources
 */
export function applyRequest(inputs: WorkloadInputs, sources: Readonly<Record<string, Buffer>>): ApplyRequest {
  // Of a source, as of a secret, only a hash comes back with a reading.
  const hidden = { ...sources, ...inputs.secrets };
  const files = [...stage(inputs, inputs.files, false), ...stage(inputs, hidden, true)].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
  const rest = {
    version: PROTOCOL_VERSION,
    workload: inputs.name,
    image: inputs.image,
    imageTag: inputs.version,
    units: inputs.units,
    files,
    filesHash: hashOf(files),
    directories: inputs.directories,
    health: inputs.health,
    reload: inputs.reload ? { ...inputs.reload, metric: inputs.reload.metric ?? null } : null,
    validate: inputs.validate ?? null,
    stopSeconds: inputs.stopSeconds,
    backup: inputs.backup ?? null,
    restore: inputs.restore ?? null,
  } as const;
  return { ...rest, content: hashOf(rest) };
}

function stage(inputs: WorkloadInputs, contents: Readonly<Record<string, string | Buffer>>, secret: boolean): StagedFile[] {
  return Object.entries(contents).map(([path, content]) => ({
    path,
    base64: Buffer.from(content).toString("base64"),
    gid: inputs.gid,
    secret,
  }));
}
