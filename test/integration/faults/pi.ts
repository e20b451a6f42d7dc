import { rmSync } from "node:fs";
import { delimiter } from "node:path";
import { attempt, type Result } from "../../../operations/shell.ts";
import type { SshTarget } from "../../../providers/ssh.ts";
import { hostUnits } from "../../../providers/workload/host-program.ts";
import type { Instance, SimulatedHost } from "../../../rehearsal/simulation/instance.ts";
import { ensureNetwork } from "../../../rehearsal/simulation/network.ts";
import { cutPower, isOff, removePi, startPi } from "../../../rehearsal/simulation/pi.ts";
import { hostKey, prepareSsh, shimFolder } from "../../../rehearsal/simulation/ssh.ts";
import { podman, podmanEnvironment } from "../../../rehearsal/toolchain/podman.ts";
import { giveBackups, type Pi } from "../../providers/workload/host/pi.ts";
import { hostProgram } from "../../support/host-program.ts";
import { testInstance, victimInstance } from "../../support/lab.ts";

/**
 * A simulated Pi with ssh, as the rehearsal makes it, and with the host's program on it, but without a lab around it. What the
 * tests do to it goes past ssh: that is what they take away.
 */
export interface Victim extends Pi {
  readonly target: SshTarget;
  /** Folder for what belongs to it; removed with it. */
  readonly folder: string;
  /** PATH on which `ssh` gets in. */
  readonly path: (path: string | undefined) => string;
}

/** Makes it; one that an earlier run left is thrown away. */
export async function startVictim(): Promise<Victim> {
  const whole = testInstance(victimInstance);
  const host = whole.hosts[0];
  if (host === undefined) throw new Error("Pulumi.yaml has no host.");
  const instance = { ...whole, hosts: [host] };
  await remove(instance, host);
  await prepareSsh(instance);
  await ensureNetwork(instance);
  await startPi(instance, host, false);
  const pi: Victim = {
    address: host.address,
    target: { name: host.name, address: host.address, port: 22, hostKey: hostKey(instance, host) },
    folder: instance.folder,
    path: (path) => `${shimFolder(instance)}${delimiter}${path}`,
    exec: (command, stdin) => shell(host, command, stdin),
    must: async (command, stdin) => {
      const { status, stdout, stderr } = await shell(host, command, stdin);
      if (status !== 0) throw new Error(`${command}: status ${status}\n${stderr}\n${stdout}`);
      return stdout.trimEnd();
    },
    copy: async (source, path) => {
      await podman(["cp", source, `${host.container}:${path}`]);
    },
    powerCut: () => cutPower(host),
    powerOn: () => startPi(instance, host, false),
    shutDown: async () => {
      await shell(host, "systemctl poweroff");
      await isOff(host);
    },
    remove: () => remove(instance, host),
  };
  await install(pi);
  await giveBackups(pi);
  return pi;
}

async function install(pi: Pi): Promise<void> {
  for (const { path, files } of [hostProgram(), hostUnits()]) {
    await pi.must(`mkdir -p ${path}`);
    for (const [name, text] of Object.entries(files)) await pi.must(`cat > ${path}/${name}`, text);
  }
  await pi.must(
    "chmod 755 /usr/local/lib/homelab/homelab; systemctl daemon-reload; systemctl enable --quiet homelab-settle.service",
  );
}

async function remove(instance: Instance, host: SimulatedHost): Promise<void> {
  await removePi(host);
  await podman(["network", "rm", "--force", instance.network]);
  rmSync(instance.folder, { recursive: true, force: true });
}

function shell(host: SimulatedHost, command: string, stdin = ""): Promise<Result> {
  return attempt("podman", ["exec", "--interactive", host.container, "bash", "-c", command], {
    env: podmanEnvironment(),
    input: stdin,
  });
}
