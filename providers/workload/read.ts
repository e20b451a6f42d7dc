import { same } from "../../lab/canonical.ts";
import { observeHidden } from "../hidden.ts";
import { observedSources } from "../sources.ts";
import { HEALTHY, inputsOf, type WorkloadInputs } from "./inputs.ts";
import type { WorkloadReading } from "./protocol.ts";
import { limitsIn } from "./quadlet.ts";

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
    ...(reading.settings ? confirmed(declared, reading.settings) : declared),
    image: reading.image === "" ? declared.image : reading.image,
    units: reading.units,
    files: texts,
    ...(declared.sources ? { sources: observedSources(declared.sources, reading.secrets) } : {}),
    ...observeHidden(declared.secrets, reading.secrets, reading.undeclared),
    state: observedState(declared.name, reading),
  });
}

/**
 * With the settings that the host has confirmed: other ones than those in state where an `up` was killed and the host went on
 * without it. A refresh then finds what is declared by now, and nothing is left to do.
 */
function confirmed(declared: WorkloadInputs, settings: NonNullable<WorkloadReading["settings"]>): WorkloadInputs {
  const { reload: _, validate: __, backup: ___, restore: ____, ...rest } = declared;
  const { imageTag, directories, health, stopSeconds, reload, validate, backup, restore } = settings;
  return {
    ...{ ...rest, version: imageTag, directories, health, stopSeconds },
    ...(reload
      ? { reload: { signal: reload.signal, paths: reload.paths, ...(reload.metric && { metric: reload.metric }) } }
      : {}),
    ...(validate ? { validate } : {}),
    ...(backup ? { backup } : {}),
    ...(restore ? { restore } : {}),
  };
}

/** In a person's words. What lies on the host counts, not what is declared: units that differ are shown as such. */
function observedState(name: string, reading: WorkloadReading): string {
  if (reading.state !== HEALTHY) return reading.state;
  const [subnet] = Object.values(reading.subnets);
  const unit = reading.units[`${name}.network`];
  if (unit && subnet && !unit.includes(`Subnet=${subnet}\n`)) return `its network has the subnet ${subnet}`;
  return strangeLimits(name, reading) ?? HEALTHY;
}

/** Someone ran `podman update`: it lasts until the next start. Where the unit's text was changed, that difference is shown. */
function strangeLimits(name: string, { limits, units }: WorkloadReading): string | undefined {
  const wanted = limitsIn(units[`${name}.container`] ?? "");
  if (!limits || !wanted || same(limits, wanted)) return undefined;
  return `its container has the limits ${inWords(limits)}`;
}

function inWords({ memory, memorySwap, cpus, pids }: NonNullable<WorkloadReading["limits"]>): string {
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  const swap = memorySwap === memory ? "" : ` (${mib(memorySwap)} with swap)`;
  return `memory ${mib(memory)}${swap}, cpus ${cpus}, pids ${pids}`;
}
