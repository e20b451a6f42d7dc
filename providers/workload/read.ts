import { sha256 } from "../../lab/canonical.ts";
import { HEALTHY, inputsOf, type WorkloadInputs } from "./inputs.ts";
import type { WorkloadReading } from "./protocol.ts";

/** What stands in state for a secret file that differs on the host: never its content. */
const CHANGED_SECRET = "changed on the host";

/**
 * The inputs as the host has them: what was declared, with everything that differs in its place, so that Pulumi's diff
 * reads as what happened on the host.
 *
 * @param declared the inputs in state.
 */
export function observedInputs(declared: WorkloadInputs, reading: WorkloadReading): WorkloadInputs {
  const texts = Object.fromEntries(
    Object.entries(reading.files).map(([path, base64]) => [path, Buffer.from(base64, "base64").toString()]),
  );
  return inputsOf({
    ...declared,
    image: reading.image === "" ? declared.image : reading.image,
    units: reading.units,
    files: texts,
    secrets: observedSecrets(declared.secrets, reading.secrets),
    state: observedState(declared, reading),
    undeclared: reading.undeclared,
  });
}

function observedState(declared: WorkloadInputs, reading: WorkloadReading): string {
  if (reading.state !== HEALTHY) return reading.state;
  const [subnet] = Object.values(reading.subnets);
  const unit = declared.units[`${declared.name}.network`];
  if (unit && subnet && !unit.includes(`Subnet=${subnet}\n`)) return `its network has the subnet ${subnet}`;
  return HEALTHY;
}

/** A secret file is compared by hash; one that is the same keeps its declared text, which state has encrypted. */
export function observedSecrets(
  declared: Readonly<Record<string, string>>,
  hashes: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(hashes).map(([path, hash]) => {
      const text = declared[path];
      return [path, text !== undefined && sha256(text) === hash ? text : `${CHANGED_SECRET} (sha256 ${hash.slice(0, 12)})`];
    }),
  );
}
