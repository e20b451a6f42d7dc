/**
 * A simulated router: OpenWrt's own image where it can be pulled and comes up, otherwise a container with BusyBox, dropbear and the
 * stand-ins of `rehearsal/openwrt`. It has one cable in the home, in the port lan1, which carries all VLANs, and the one that routes
 * has the internet in its port wan. Its memory (/tmp, /var) is empty after every start, its flash is kept.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../operations/command.ts";
import { attempt, type Result, waitFor } from "../../operations/shell.ts";
import { say } from "../say.mjs";
import { ensureOpenwrtPrograms } from "../toolchain/openwrt.ts";
import { podman, podmanEnvironment, tryPodman } from "../toolchain/podman.ts";
import { ensureImage } from "./images.ts";
import type { Instance, SimulatedHost } from "./instance.ts";
import { ensureCables } from "./network.ts";
import { ownerLabels } from "./owner.ts";
import { writeRouterFiles } from "./router-files.ts";
import { hostKeyFile, prepareSsh, sshConfig } from "./ssh.ts";

/** How long a router may take from power on to being up, in seconds. */
const bootSeconds = 60;

/** Ends with 0 once rpcd is there and somebody listens at the port of the ssh server. */
const isUp = 'ubus -t 10 wait_for uci && netstat -lnt | grep -q ":$(uci -q get dropbear.@dropbear[0].Port || echo 22) "';

/** OpenWrt's own, of the release that the stand-ins play. */
const officialImage = `docker.io/openwrt/rootfs:${process.arch === "x64" ? "x86-64" : "armsr-armv8"}-24.10.1`;

/** The router of that name. */
export function routerOf(instance: Instance, name: string): SimulatedHost {
  const router = instance.routers.find((candidate) => candidate.name === name);
  if (router !== undefined) return router;
  throw new Error(`The rehearsal has no router ${name}: it has ${instance.routers.map((known) => known.name).join(" and ")}.`);
}

/**
 * Makes the router as it is after somebody took it out of its box, gave it its address and the person's key, and switches it on; one
 * that is there is only switched on. Network and keys of the instance are made if they are missing, nothing else of the lab is.
 */
export async function startRouter(instance: Instance, name: string): Promise<SimulatedHost> {
  const router = routerOf(instance, name);
  await prepareSsh(instance);
  await ensureCables(instance);
  if ((await tryPodman(["container", "exists", router.container])).status === 0) await switchOn(router);
  else await newRouter(instance, router);
  return router;
}

async function switchOn(router: SimulatedHost): Promise<void> {
  await podman(["start", router.container]);
  // Asked past its network: the router may have another address by now than its first.
  await waitFor(`${router.name} is up`, bootSeconds, async () =>
    (await atSerialPort(router, isUp)).status === 0 ? true : undefined,
  );
}

/** Why a test of what only the stand-ins can play is left out, or undefined where they play the router. */
export async function lacksStandIn(router: SimulatedHost): Promise<string | undefined> {
  const { status } = await atSerialPort(router, "test -d /usr/lib/rehearsal");
  return status === 0 ? undefined : "OpenWrt's own image plays the router, and only a stand-in can do this";
}

/** Removes the router and all that it has stored. */
export async function removeRouter(router: SimulatedHost): Promise<void> {
  await podman(["rm", "--force", "--time", "0", "--ignore", router.container]);
}

/** Runs a command on the router as root, by ssh; at another address than its first if one is given. */
export function onRouter(
  instance: Instance,
  router: SimulatedHost,
  command: string,
  options: { readonly input?: string; readonly address?: string } = {},
): Promise<Result> {
  const address = options.address === undefined ? [] : ["-o", `HostName=${options.address}`];
  const all = ["-F", sshConfig(instance), "-o", "ConnectTimeout=5", ...address, router.name, command];
  return attempt("/usr/bin/ssh", all, options.input === undefined ? {} : { input: options.input });
}

/** Runs a command in the router past its network: what a person does at its serial port. */
export function atSerialPort(router: SimulatedHost, command: string): Promise<Result> {
  return tryPodman(["exec", router.container, "sh", "-c", command]);
}

/** Leaves no free block on the router's flash, as far as its configuration is concerned, or in its memory; until a power cut. */
export async function fill(router: SimulatedHost, what: "flash" | "memory"): Promise<void> {
  const copy =
    "cp -a /etc/config /tmp/config && mount -t tmpfs -o size=256k tmpfs /etc/config && cp -a /tmp/config/. /etc/config/";
  const fillUp = (folder: string) => `dd if=/dev/zero of=${folder}/.filler bs=4k 2>/dev/null`;
  const script = what === "memory" ? fillUp("/tmp") : `${copy} && rm -r /tmp/config; ${fillUp("/etc/config")}`;
  await podman(["exec", router.container, "sh", "-c", `${script}; true`]);
}

async function newRouter(instance: Instance, router: SimulatedHost): Promise<void> {
  const standIn = async () => {
    await createRouter(instance, router, false);
    await switchOn(router);
    say(`${router.name} is played by the stand-ins of rehearsal/openwrt.`);
  };
  if (officialFails || !(await canPull(officialImage))) return await standIn();
  const official = async () => {
    await createRouter(instance, router, true);
    await switchOn(router);
    await waitFor(`${router.name} lets in by ssh`, bootSeconds, async () =>
      (await onRouter(instance, router, "true")).status === 0 ? true : undefined,
    );
    say(`${router.name} is OpenWrt's own image.`);
  };
  await officialOr(standIn, official, () => removeRouter(router));
}

/** Once OpenWrt's own image did not come up here, no other router waits for it. */
let officialFails = false;

/**
 * Takes OpenWrt's own image if a router of it comes up in time. Where it does not, for what a container or this kernel lacks, there is
 * still the stand-in: a rehearsal must not fail because a registry answers.
 * @param remove what the first way has left
 */
export async function officialOr(
  standIn: () => Promise<void>,
  official: () => Promise<void>,
  remove: () => Promise<void>,
): Promise<void> {
  try {
    await official();
  } catch (error) {
    officialFails = true;
    say(`OpenWrt's own image does not come up here: ${messageOf(error)}`);
    await remove();
    await standIn();
  }
}

async function createRouter(instance: Instance, router: SimulatedHost, official: boolean): Promise<void> {
  const image = official ? officialImage : await ensureImage("openwrt");
  await podman([
    "create",
    ...["--name", router.container, "--hostname", router.name, ...ownerLabels(instance)],
    ...cables(instance, router, official),
    ...["--privileged", "--tmpfs", "/tmp:rw,mode=1777,size=64m"],
    image,
    ...(official ? ["/sbin/init"] : []),
  ]);
  const folder = join(instance.folder, "router", router.name);
  const programs = official ? undefined : await ensureOpenwrtPrograms();
  writeRouterFiles(folder, instance, router, await dropbearKey(instance, router), programs);
  await podman(["cp", `${folder}/.`, `${router.container}:/`]);
}

/**
 * What is in its ports. A VLAN is an interface of its own, `lan1.20`, which the stand-ins take for the tag 20 at lan1. OpenWrt's own
 * programs would not: there is the untagged network alone.
 */
function cables(instance: Instance, router: SimulatedHost, official: boolean): readonly string[] {
  const tagged = official ? [] : instance.wires.map(({ tag, network }) => `${network}:interface_name=lan1.${tag}`);
  const wan = router === instance.routers[0] ? [`${instance.internet.network}:interface_name=wan`] : [];
  const all = [`${instance.network}:ip=${router.address},interface_name=lan1`, ...tagged, ...wan];
  return all.flatMap((cable) => ["--network", cable]);
}

/** Where the registry's name is unknown, or it refuses, this takes no time; a registry that only hangs is given up. */
async function canPull(image: string): Promise<boolean> {
  return (await attempt("podman", ["pull", "--quiet", image], { env: podmanEnvironment(), timeoutSeconds: 120 })).status === 0;
}

/** The router's host key in dropbear's form. OpenWrt has no program to convert it; the stand-in's image has. */
async function dropbearKey(instance: Instance, router: SimulatedHost): Promise<Buffer> {
  const file = hostKeyFile(instance, router);
  const convert = "dropbearconvert openssh dropbear /keys/key /keys/converted >/dev/null 2>&1 && base64 /keys/converted";
  const script = `mkdir -m 700 /keys && cat >/keys/key && chmod 600 /keys/key && ${convert}`;
  const image = await ensureImage("openwrt");
  const encoded = await podman(["run", "--rm", "--interactive", "--network", "none", image, "sh", "-c", script], {
    input: readFileSync(file, "utf8"),
  });
  return Buffer.from(encoded, "base64");
}
