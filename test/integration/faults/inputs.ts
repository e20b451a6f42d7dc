import type { WorkloadInputs } from "../../../providers/workload/inputs.ts";
import type { Lab, Wish } from "../../providers/workload/host/lab.ts";
import type { Version } from "./cell.ts";
import { HEALTH_HOLD } from "./phases.ts";
import type { Victim } from "./pi.ts";

/**
 * What the program declares of the tests' application. The two versions differ in all that a transaction changes: image,
 * configuration, network. Both have data that is saved first, and each writes to it as soon as it starts.
 */
export function inputsFor(
  pi: Victim,
  lab: Lab,
  images: Readonly<Record<Version, string>>,
): Readonly<Record<Version, WorkloadInputs>> {
  const wish = (version: Version, subnet: string) => ({
    image: images[version],
    data: true,
    backup: { kind: "files", flush: null } as const,
    subnet,
    config: { greeting: version },
  });
  return { v1: inputsOf(pi, lab, wish("v1", "10.77.1.0/28")), v2: inputsOf(pi, lab, wish("v2", "10.77.2.0/28")) };
}

function inputsOf(pi: Victim, lab: Lab, wish: Wish): WorkloadInputs {
  const { workload, image, imageTag, units, files, directories, health, stopSeconds, backup } = lab.request(wish);
  const texts = (secret: boolean) =>
    Object.fromEntries(
      files.filter((file) => file.secret === secret).map(({ path, base64 }) => [path, Buffer.from(base64, "base64").toString()]),
    );
  return {
    ...{ host: pi.target, name: workload, image, version: imageTag, units, directories, stopSeconds, turn: 0, hostWorkloads: 1 },
    ...{ files: texts(false), secrets: texts(true), gid: files[0]?.gid ?? 0 },
    health: { ...health, command: ["sh", "-c", WAIT_FIRST, "sh", ...health.command], withinSeconds: 60 },
    ...(backup ? { backup } : {}),
    state: "healthy",
    found: {},
  };
}

/** A health check that a fault can catch in the middle of its question. */
const HOLD = `/run/homelab/hold/${HEALTH_HOLD}`;
const WAIT_FIRST = `while test -e ${HOLD}; do touch ${HOLD}.reached; sleep 0.1; done; exec "$@"`;
