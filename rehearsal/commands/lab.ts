/** `npm run lab -- …`: Pulumi, or one of our own commands, against the rehearsal. */
import { instanceOf } from "../simulation/instance.ts";
import { attachLab } from "../simulation/lab.ts";
import { statusOf } from "../simulation/up.ts";
import { ensureToolchain } from "../toolchain/index.ts";
import { currentInstance } from "./current.ts";

/**
 * Runs Pulumi with the given arguments in the rehearsal's project, written anew from the repository's files; with `run deploy …`
 * what `npm run deploy -- …` is for a real lab.
 */
export async function lab(args: readonly string[]): Promise<number> {
  const instance = instanceOf(currentInstance());
  if ((await statusOf(instance)).length === 0)
    throw new Error("There is no lab here. Bring one up first: npm run rehearse -- up");
  if (args[0] === "config" && ["set", "rm", "set-all"].includes(args[1] ?? "")) {
    throw new Error(
      "The rehearsal takes its configuration from the repository's Pulumi.yaml and Pulumi.<stack>.yaml: change it there; " +
        "the next `npm run lab` sees it.",
    );
  }
  const attached = await attachLab(instance, await ensureToolchain());
  const [verb, name = "", ...rest] = args;
  return verb === "run" ? await attached.operationForPerson(name, rest) : await attached.pulumiForPerson(args);
}
