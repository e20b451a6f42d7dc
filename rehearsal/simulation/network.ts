/** The network of a simulated lab and the registry in it. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../operations/shell.ts";
import { networksFolder, podman, tryPodman } from "../toolchain/podman.ts";
import { replaceFile } from "../toolchain/replace-file.ts";
import { ensureImage, registryAnswers, registryStore } from "./images.ts";
import type { Instance } from "./instance.ts";
import { ownerLabels } from "./owner.ts";

/** Makes the network unless it is there. It has no DNS of its own: the Pis resolve names as this machine does. */
export async function ensureNetwork(instance: Instance): Promise<void> {
  await ensure(instance, instance.network, ["--subnet", instance.subnet, "--gateway", instance.gateway]);
}

/** Makes what a router's cables lead to, beside the network: a wire for each VLAN, and the internet. */
export async function ensureCables(instance: Instance): Promise<void> {
  await ensureNetwork(instance);
  // Addresses are the router's to give.
  for (const { network } of instance.wires) await ensure(instance, network, ["--ipam-driver", "none"]);
  await ensure(instance, instance.internet.network, ["--subnet", instance.internet.subnet]);
}

/** Removes all networks of an instance, with the guests that a scene may have left in them. */
export async function removeNetworks({ network, wires, internet }: Instance): Promise<void> {
  for (const name of [network, internet.network, ...wires.map((wire) => wire.network)]) {
    if (await exists(name)) await podman(["network", "rm", "--force", "--time", "0", name]);
  }
}

async function ensure(instance: Instance, name: string, options: readonly string[]): Promise<void> {
  if (await exists(name)) return;
  await podman(["network", "create", ...options, "--disable-dns", ...ownerLabels(instance), name]);
  nameBridge(name);
}

async function exists(network: string): Promise<boolean> {
  return (await tryPodman(["network", "exists", network])).status === 0;
}

/**
 * Gives the bridge a name of its own. Podman takes the first free `podman<n>`; another podman on this machine, the person's,
 * takes the same one while this bridge is down, and the two networks would share a bridge.
 */
function nameBridge(network: string): void {
  const file = join(networksFolder, `${network}.json`);
  const config: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
  replaceFile(file, JSON.stringify({ ...config, network_interface: bridgeOf(network) }));
}

/** This machine's interface in a network. */
export function bridgeOf(network: string): string {
  return `hl-${createHash("sha256").update(network).digest("hex").slice(0, 8)}`;
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
