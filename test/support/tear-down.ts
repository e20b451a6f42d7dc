import { instanceOf } from "../../rehearsal/simulation/instance.ts";
import { removeLab, statusOf } from "../../rehearsal/simulation/up.ts";
import { testInstance } from "./lab.ts";

/** After all tests: removes the lab that they shared, unless `HOMELAB_KEEP=true` asks to look at it. */
export async function teardown(): Promise<void> {
  if (process.env.HOMELAB_KEEP === "true") return;
  const instance = instanceOf(testInstance);
  if ((await statusOf(instance)).length > 0) await removeLab(instance);
}
