/** Starting the machines of a simulated lab, and removing every trace of them. */
import { existsSync, rmSync } from "node:fs";
import { withLock } from "../cache.mjs";
import { step } from "../say.mjs";
import { ensureToolchain } from "../toolchain/index.ts";
import { podman, tryPodman } from "../toolchain/podman.ts";
import type { Instance } from "./instance.ts";
import { attachLab, type Lab } from "./lab.ts";
import { ensureNetwork, removeNetworks, startRegistry } from "./network.ts";
import { refuseForeign } from "./owner.ts";
import { removePi, startPi } from "./pi.ts";
import { removeRouter } from "./router.ts";

/** Brings up network, registry and Pis of an instance, whatever of it is there already. Pulumi has not run on them then. */
export async function startLab(instance: Instance): Promise<Lab> {
  const toolchain = await ensureToolchain();
  return await withLock(`instance-${instance.name}`, async () => {
    await refuseForeign(instance);
    const lab = await attachLab(instance, toolchain);
    await ensureNetwork(instance);
    if (!(await isRunning(instance.registryContainer))) await step("Starting the registry", 2, () => startRegistry(instance));
    for (const host of instance.hosts) {
      if (await isRunning(host.container)) continue;
      await step(`Switching on ${host.name} (${host.address})`, 5, () => startPi(instance, host, lab.catalogue.online));
    }
    await lab.ensureStacks();
    return lab;
  });
}

/** Removes everything that {@link startLab} made and all that happened in it since. The cache stays. */
export async function removeLab(instance: Instance): Promise<void> {
  await withLock(`instance-${instance.name}`, async () => {
    await refuseForeign(instance);
    for (const host of instance.hosts) await removePi(host);
    for (const router of instance.routers) await removeRouter(router);
    await podman(["rm", "--force", "--time", "0", "--ignore", instance.registryContainer]);
    await removeNetworks(instance);
    rmSync(instance.folder, { recursive: true, force: true });
  });
}

/** What is there of an instance, one line each; empty if nothing is. */
export async function statusOf(instance: Instance): Promise<readonly string[]> {
  const filter = `label=homelab.instance=${instance.name}`;
  const containers = await podman(["ps", "--all", "--filter", filter, "--format", "{{.Names}}: {{.Status}}"]);
  const lines = containers.split("\n").filter((line) => line !== "");
  return existsSync(instance.folder) ? [...lines, `Files: ${instance.folder}`] : lines;
}

async function isRunning(container: string): Promise<boolean> {
  const { stdout } = await tryPodman(["container", "inspect", "--format", "{{.State.Running}}", container]);
  return stdout.trim() === "true";
}
