/**
 * A simulated Pi for the docker tests, with a registry that it may push to and two tiny images in it. It is no part of the
 * lab that the other tests share: these tests remove all images of their host.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { run, waitFor } from "../../operations/shell.ts";
import { ensureImage, registryAnswers } from "../../rehearsal/simulation/images.ts";
import type { Instance } from "../../rehearsal/simulation/instance.ts";
import { ensureNetwork } from "../../rehearsal/simulation/network.ts";
import { ownerLabels } from "../../rehearsal/simulation/owner.ts";
import { onPi, startPi } from "../../rehearsal/simulation/pi.ts";
import { prepareSsh, shimFolder } from "../../rehearsal/simulation/ssh.ts";
import { removeLab } from "../../rehearsal/simulation/up.ts";
import { podman } from "../../rehearsal/toolchain/podman.ts";
import { testInstance } from "../support/lab.ts";

/** Brings the Pi up. Returns its ssh address, its images, and the folder whose `ssh` logs in there, to be first on PATH. */
export async function startSimulatedHost(): Promise<{ address: string; images: [string, string]; sshFolder: string }> {
  const instance = conformanceInstance();
  const [pi] = instance.hosts;
  if (pi === undefined) throw new Error("Pulumi.yaml has no hosts");
  await removeLab(instance);
  await ensureNetwork(instance);
  await prepareSsh(instance);
  await startRegistry(instance);
  await startPi(instance, pi, false);
  const registry = `${instance.registryAddress}:5000`;
  const settings = [
    `printf '[[registry]]\\nlocation = "${registry}"\\ninsecure = true\\n' > /etc/containers/registries.conf.d/conformance.conf`,
    // Otherwise podman-docker's remark would be in every error of the connection.
    "touch /etc/containers/nodocker",
    "systemctl restart podman.socket",
  ];
  const prepared = await onPi(instance, pi, settings.join(" && "));
  if (prepared.status !== 0) throw new Error(`The simulated host cannot be prepared: ${prepared.stderr}`);
  const images: [string, string] = [
    await pushImage(instance, `${registry}/lab/app:1`),
    await pushImage(instance, `${registry}/lab/app:2`),
  ];
  return { address: `root@${pi.address}`, images, sshFolder: shimFolder(instance) };
}

/** Removes every trace of it. */
export async function removeSimulatedHost(): Promise<void> {
  await removeLab(conformanceInstance());
}

function conformanceInstance(): Instance {
  const instance = testInstance("conformance");
  return { ...instance, hosts: instance.hosts.slice(0, 1) };
}

// Not the registry of the rehearsal: that one serves the cache, and may only be read.
async function startRegistry(instance: Instance): Promise<void> {
  const store = path.join(instance.folder, "registry");
  mkdirSync(store, { recursive: true });
  const place = ["--network", instance.network, "--ip", instance.registryAddress, "-v", `${store}:/store`];
  await podman([
    "run",
    "-d",
    "--name",
    instance.registryContainer,
    "--replace",
    ...ownerLabels(instance),
    ...place,
    await ensureImage("registry"),
  ]);
  await waitFor("the registry answers", 20, () => registryAnswers(`${instance.registryAddress}:5000`));
}

/** Makes an image of one small file, different for each name, and puts it into the registry. */
async function pushImage(instance: Instance, name: string): Promise<string> {
  const folder = path.join(instance.folder, "image");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "name"), name);
  const archive = path.join(instance.folder, "image.tar");
  await run("tar", ["-C", folder, "-cf", archive, "name"]);
  await podman(["import", "--quiet", archive, name]);
  await podman(["push", "--quiet", "--tls-verify=false", name]);
  await podman(["rmi", name]);
  rmSync(archive);
  return name;
}
