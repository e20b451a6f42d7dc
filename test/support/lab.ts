import { instanceOf } from "../../rehearsal/simulation/instance.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { startLab } from "../../rehearsal/simulation/up.ts";

/** Name of the lab that the tests share; two runs at once on one machine need two names. */
export const testInstance = process.env.HOMELAB_TEST_INSTANCE ?? "test";

/**
 * The simulated lab of the tests: machines up, configuration as the repository's, Pulumi not necessarily run yet. The first
 * file that asks brings it up, the others find it there; `tear-down.ts` removes it at the end.
 */
export async function sharedLab(): Promise<Lab> {
  const lab = await startLab(instanceOf(testInstance));
  lab.resetConfig();
  return lab;
}
