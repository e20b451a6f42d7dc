import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, waitFor } from "../../operations/shell.ts";
import { quote, runOnHost, type SshTarget } from "../../providers/ssh.ts";
import type { UciInputs } from "../../providers/uci/inputs.ts";
import { create } from "../../providers/uci/provider.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";

const CONFIGURATION = "/etc/config";

/** An OpenWrt device that tests may change, and that gets back what it had: a simulated one, or a person's own. */
export class OpenwrtDevice {
  readonly target: SshTarget;
  /** Text of each file of its configuration, as it was at the beginning. */
  readonly #before: ReadonlyMap<string, string>;

  private constructor(target: SshTarget, before: ReadonlyMap<string, string>) {
    this.target = target;
    this.#before = before;
  }

  /**
   * Reads the device's whole configuration and keeps it, here too, until {@link restore}.
   * @param place `192.168.1.1`, `root@192.168.1.1` or `root@192.168.1.1:2222`, as in `HOMELAB_OPENWRT`
   */
  static async at(place: string): Promise<OpenwrtDevice> {
    const [, address = "", port = "22"] = /^(?:root@)?([^@:]+)(?::(\d+))?$/.exec(place) ?? [];
    if (address === "") throw new Error(`"${place}" is no address of a device: write root@192.168.1.1`);
    const target: SshTarget = {
      name: "device",
      address,
      port: Number(port),
      hostKey: await keyOf(address, port),
      kind: "router",
    };
    return new OpenwrtDevice(target, await read(target));
  }

  /** Runs a command that has to succeed; what it printed. */
  on(command: string, input = ""): Promise<string> {
    return on(this.target, command, input);
  }

  /** Files of the configuration that are not as they were at the beginning. */
  async changed(): Promise<readonly string[]> {
    const now = await sums(this.target);
    const names = new Set([...this.#before.keys(), ...now.keys()]);
    return [...names].filter((name) => now.get(name) !== sha256(this.#before.get(name))).sort();
  }

  /** What a change leaves on it that is not over: nothing, if all is well. */
  leftovers(): Promise<string> {
    const trial = "/etc/homelab-trial /etc/uci-defaults/zz-homelab-trial /var/run/homelab-trial";
    return this.on(`ls -d ${trial} 2>/dev/null; ubus -S call uci rollback; [ $? != 2 ] || echo "a change waits in rpcd"`);
  }

  /** Gives the device its configuration back, byte for byte, and lets its services know. */
  async restore(): Promise<void> {
    const changed = await this.changed();
    for (const name of changed) {
      const file = quote(`${CONFIGURATION}/${name}`);
      const text = this.#before.get(name);
      if (text === undefined) await this.on(`rm -f ${file}`);
      else await this.on(`cat >/tmp/homelab-test && cat /tmp/homelab-test >${file} && rm /tmp/homelab-test`, text);
    }
    if (changed.length > 0) await this.on("reload_config");
    const left = await this.changed();
    if (left.length > 0)
      throw new Error(`${left.join(", ")} could not be restored; what was there lies in ${copyOf(this.target)}.`);
    rmSync(copyOf(this.target), { recursive: true, force: true });
  }
}

/**
 * Makes a change, and does something while it waits for its confirmation: what has to be so before that is not so until then.
 * @throws Error of the change, if it is not kept
 */
export async function inTheWindow(device: OpenwrtDevice, news: UciInputs, act: () => Promise<unknown>): Promise<void> {
  await device.on("touch /tmp/homelab-hold");
  // Before the change is on trial it has to pass: it would not be demanded otherwise. The file is there when it is about to be applied.
  const isFree = "[ ! -e /tmp/homelab-hold ] || [ ! -e /var/run/homelab-trial/tunnels ]";
  const probes = [{ name: "nobody does anything", command: ["sh", "-c", isFree] }];
  const creating = create({ ...news, probes });
  // A failure before the window is the test's, not one that nobody handles.
  const early = creating.then(
    () => "ended",
    (error: unknown) => String(error),
  );
  await waitFor("the change is on trial", 30, async () => {
    const state = await Promise.race([early, sleep(200)]);
    if (state !== undefined) throw new Error(`The update ended before anything could happen in its window: ${state}`);
    return (await device.on("ls /var/run/homelab-trial/tunnels 2>/dev/null || true")) === "" ? undefined : true;
  });
  await act();
  await device.on("rm -f /tmp/homelab-hold");
  await creating;
}

/** Where the configuration lies meanwhile: a test that is killed restores nothing. */
function copyOf({ address, port }: SshTarget): string {
  return join(repository, ".rehearsal", "openwrt", `${address}-${port}`);
}

/** Whoever names a device trusts what answers there; the lab itself pins a key that a person has compared. */
async function keyOf(address: string, port: string): Promise<string> {
  const keys = await run("ssh-keyscan", ["-p", port, "-t", "ed25519,ecdsa,rsa", address]);
  const found = keys.split("\n").filter((line) => !line.startsWith("#") && line !== "");
  const [, type, key] = (found.find((line) => line.includes(" ssh-ed25519 ")) ?? found[0] ?? "").split(" ");
  if (type === undefined || key === undefined) throw new Error(`No ssh server answers at ${address}, port ${port}.`);
  return `${type} ${key}`;
}

async function read(target: SshTarget): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  rmSync(copyOf(target), { recursive: true, force: true });
  mkdirSync(copyOf(target), { recursive: true, mode: 0o700 });
  for (const [name, sum] of await sums(target)) {
    const { stdout } = await runOnHost(target, ["cat", `${CONFIGURATION}/${name}`]);
    if (sha256(stdout) !== sum)
      throw new Error(`${CONFIGURATION}/${name} is no text in UTF-8: it could not be restored. Nothing was done.`);
    files.set(name, stdout);
    writeFileSync(join(copyOf(target), name), stdout, { mode: 0o600 });
  }
  return files;
}

async function sums(target: SshTarget): Promise<ReadonlyMap<string, string>> {
  const lines = await on(target, `cd ${CONFIGURATION} && sha256sum *`);
  return new Map(lines.split("\n").map((line) => [line.slice(66), line.slice(0, 64)]));
}

async function on(target: SshTarget, command: string, input = ""): Promise<string> {
  const { status, stdout, stderr } = await runOnHost(target, ["sh", "-c", command], input);
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stderr}`);
  return stdout.trimEnd();
}

function sha256(text: string | undefined): string | undefined {
  return text === undefined ? undefined : createHash("sha256").update(text).digest("hex");
}
