import { removeLab, statusOf } from "../../rehearsal/simulation/up.ts";
import { testInstance, testInstances, victimInstance } from "./lab.ts";

/** After all tests: removes the labs that they shared, unless `HOMELAB_KEEP=true` asks to look at them. */
export async function teardown(): Promise<void> {
  if (process.env.HOMELAB_KEEP === "true") return;
  for (const instance of [...testInstances, victimInstance].map(testInstance)) {
    if ((await statusOf(instance)).length > 0) await removeLab(instance);
  }
}
