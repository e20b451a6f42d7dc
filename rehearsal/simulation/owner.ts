/** Which checkout a simulated lab belongs to: the same name from two checkouts would be the same containers. */
import { repository } from "../toolchain/paths.ts";
import { podman } from "../toolchain/podman.ts";
import type { Instance } from "./instance.ts";

/** Labels of everything that podman keeps for an instance. */
export function ownerLabels(instance: Instance): readonly string[] {
  return ["--label", `homelab.instance=${instance.name}`, "--label", `homelab.checkout=${repository}`];
}

/** Throws if the lab of this name was started from another checkout. */
export async function refuseForeign(instance: Instance): Promise<void> {
  const format = '{{index .Labels "homelab.checkout"}}';
  const filter = `label=homelab.instance=${instance.name}`;
  const checkouts = (await podman(["ps", "--all", "--filter", filter, "--format", format]))
    .split("\n")
    .filter((line) => line !== "");
  const other = checkouts.find((checkout) => checkout !== repository);
  if (other === undefined) return;
  throw new Error(
    `A simulated lab "${instance.name}" was started from ${other} and is still there.\n` +
      `Take it down there (npm run rehearse -- down), or choose another name here: HOMELAB_INSTANCE=mine npm run rehearse`,
  );
}

/** Names of all labs on this machine that have a container, of whichever checkout. */
export async function instancesPresent(): Promise<readonly string[]> {
  const format = '{{index .Labels "homelab.instance"}}';
  const names = await podman(["ps", "--all", "--filter", "label=homelab.instance", "--format", format]);
  return [...new Set(names.split("\n").filter((name) => name !== ""))];
}
