/** Whose cable is in which VLAN: Pis that move, and guests who try what the router lets through. All ask for an address by DHCP. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { waitFor } from "../../operations/shell.ts";
import { podman, tryPodman } from "../toolchain/podman.ts";
import { ensureImage } from "./images.ts";
import type { Instance, SimulatedHost, Wire } from "./instance.ts";
import { ownerLabels } from "./owner.ts";
import { hardwareAddress } from "./pi.ts";

/** What a DHCP client does with what it was given. */
const takeAddress = `#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route replace default via "$router" dev "$interface"
`;

/** The wire of a VLAN. */
export function wireOf(instance: Instance, tag: number): Wire {
  const wire = instance.wires.find((candidate) => candidate.tag === tag);
  if (wire === undefined) throw new Error(`There is no wire for a VLAN ${tag}.`);
  return wire;
}

/** Whether this machine's firewall has a say in what only passes its bridges. Docker turns it on. */
const FILTERED_BRIDGES = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/** Keeps this machine's firewall off the wires for a while: podman's rules would give what passes there other addresses. */
export async function withPlainBridges<T>(act: () => Promise<T>): Promise<T> {
  const before = existsSync(FILTERED_BRIDGES) ? readFileSync(FILTERED_BRIDGES, "utf8").trim() : "0";
  if (before === "0") return await act();
  writeFileSync(FILTERED_BRIDGES, "0");
  try {
    return await act();
  } finally {
    writeFileSync(FILTERED_BRIDGES, before);
  }
}

/** Pulls a Pi's cable out of the home's first network and plugs it into a VLAN, where it gets its address from the router. */
export async function plugPi(instance: Instance, host: SimulatedHost, tag: number): Promise<void> {
  const { network } = wireOf(instance, tag);
  const mac = hardwareAddress(host);
  await podman(["network", "disconnect", instance.network, host.container]);
  await podman(["network", "connect", "--mac-address", mac, network, host.container]);
  await askForAddress(host.container, mac);
}

/** Plugs it back, with the address that it had; does nothing to one that was never moved. */
export async function plugPiBack(instance: Instance, host: SimulatedHost, tag: number): Promise<void> {
  const { status } = await tryPodman(["network", "disconnect", wireOf(instance, tag).network, host.container]);
  if (status !== 0) return;
  const place = ["--ip", host.address, "--mac-address", hardwareAddress(host)];
  await podman(["network", "connect", ...place, instance.network, host.container]);
}

/** A machine of somebody at home, in one VLAN, that can do nothing but try to connect. */
export class Guest {
  private readonly container: string;

  private constructor(container: string) {
    this.container = container;
  }

  /** Plugs one in. @param address where the router gives none */
  static async in(instance: Instance, tag: number, address?: string): Promise<Guest> {
    const container = `homelab-${instance.name}-guest${tag}`;
    const image = await ensureImage("openwrt");
    const place = ["--network", `${wireOf(instance, tag).network}:interface_name=eth0`, "--privileged", "--replace"];
    await podman(["run", "-d", "--name", container, ...ownerLabels(instance), ...place, image, "sleep", "infinity"]);
    const guest = new Guest(container);
    if (address === undefined) await askForAddress(container);
    else {
      const router = address.replace(/\d+$/, "1");
      await guest.on(`ip addr add ${address}/24 dev eth0 && ip route replace default via ${router}`);
    }
    return guest;
  }

  /** The address that it has. */
  async address(): Promise<string> {
    const line = await this.on("ip -4 -o addr show dev eth0");
    return /inet ([\d.]+)/.exec(line)?.[1] ?? "";
  }

  /** Whether a TCP connection comes about. */
  async reaches(address: string, port: number): Promise<boolean> {
    const { status } = await tryPodman(["exec", this.container, "nc", "-w", "2", address, String(port), "-e", "true"]);
    return status === 0;
  }

  async remove(): Promise<void> {
    await podman(["rm", "--force", "--time", "0", "--ignore", this.container]);
  }

  private on(command: string): Promise<string> {
    return podman(["exec", this.container, "sh", "-c", command]);
  }
}

/** Lets a container's one interface (or the one with this hardware address) ask for an address until it has one. */
async function askForAddress(container: string, mac?: string): Promise<void> {
  const image = await ensureImage("openwrt");
  const find = mac === undefined ? "echo eth0" : `ip -o link | grep -i ${mac} | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/'`;
  const script = `cat >/tmp/take && chmod +x /tmp/take && udhcpc -i "$(${find})" -f -n -q -s /tmp/take -t 3 -T 2`;
  const inItsNetwork = ["run", "--rm", "-i", "--privileged", "--network", `container:${container}`];
  await waitFor(`the router gives ${container} an address`, 60, async () => {
    const { status } = await tryPodman([...inItsNetwork, image, "sh", "-c", script], { input: takeAddress });
    return status === 0 || undefined;
  });
}
