import { setTimeout as sleep } from "node:timers/promises";
import { type Instance, instanceOf } from "../../rehearsal/simulation/instance.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { startLab } from "../../rehearsal/simulation/up.ts";
import { firstLabFolder } from "./first-lab.ts";
import { tryToHold } from "./lock.ts";

const prefix = process.env.HOMELAB_TEST_INSTANCE ?? "test";

/** How many files run side by side: of two cores a third is idle with two of them. Each has a lab to itself. */
export const WORKERS = 3;

/** Names of the tests' labs; two runs at once on one machine need `HOMELAB_TEST_INSTANCE`. */
export const testInstances = Array.from({ length: WORKERS }, (_, index) => (index === 0 ? prefix : `${prefix}-${index + 1}`));

/** Name of the one Pi that test/integration/faults takes apart. */
export const victimInstance = `${prefix}-faults`;

/** A simulated lab of the tests: the first lab, whatever became of the repository's own files. */
export function testInstance(name: string): Instance {
  return instanceOf(name, firstLabFolder);
}

let own: Promise<string> | undefined;

/**
 * A simulated lab that no other file uses: machines up, configuration that of the first lab, Pulumi not necessarily run yet. The
 * first file that asks brings it up, later ones find it there; `tear-down.ts` removes it at the end.
 */
export async function sharedLab(): Promise<Lab> {
  own ??= ownInstance();
  const lab = await startLab(testInstance(await own));
  lab.resetConfig();
  return lab;
}

/** Takes the first lab that is free. It is this file's until its process ends, however it ends. */
async function ownInstance(): Promise<string> {
  for (;;) {
    for (const name of testInstances) if (await tryToHold(name)) return name;
    await sleep(1000);
  }
}
