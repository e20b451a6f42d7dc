/** The network of a simulated lab and the registry in it. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../shell.ts";
import { networksFolder, podman, tryPodman } from "../toolchain/podman.ts";
import { ensureImage, registryAnswers, registryStore } from "./images.ts";
import type { Instance } from "./instance.ts";
import { ownerLabels } from "./owner.ts";

/** Makes the network unless it is there. It has no DNS of its own: the Pis resolve names as this machine does. */
export async function ensureNetwork(instance: Instance): Promise<void> {
  if ((await tryPodman(["network", "exists", instance.network])).status === 0) return;
  const range = ["--subnet", instance.subnet, "--gateway", instance.gateway];
  await podman(["network", "create", ...range, "--disable-dns", ...ownerLabels(instance), instance.network]);
  nameBridge(instance);
}

/**
 * Gives the bridge a name of its own. Podman takes the first free `podman<n>`; another podman on this machine, the person's,
 * takes the same one while this bridge is down, and the two networks would share a bridge.
 */
function nameBridge(instance: Instance): void {
  const file = join(networksFolder, `${instance.network}.json`);
  const bridge = `hl-${createHash("sha256").update(instance.network).digest("hex").slice(0, 8)}`;
  const config: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...config, network_interface: bridge }));
}

/** Starts the registry that the Pis pull from; it serves the store of the cache. */
export async function startRegistry(instance: Instance): Promise<void> {
  mkdirSync(registryStore, { recursive: true });
  const image = await ensureImage("registry");
  const place = ["--network", instance.network, "--ip", instance.registryAddress, "-v", `${registryStore}:/store:ro`];
  const name = ["--name", instance.registryContainer, "--replace", ...ownerLabels(instance)];
  await podman(["run", "-d", ...name, ...place, image]);
  await waitFor("the registry answers", 20, () => registryAnswers(`${instance.registryAddress}:5000`));
}
