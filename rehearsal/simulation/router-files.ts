/** What a router has when it comes out of its box and somebody has given it an address and a key. */
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "../toolchain/paths.ts";
import type { Instance, SimulatedHost } from "./instance.ts";
import { authorizedKey } from "./ssh.ts";

/** Where the files of a simulated device are that are no programs. */
const rootfs = join(repository, "rehearsal", "images", "openwrt", "rootfs");

/**
 * Writes a router's files below a folder, new.
 *
 * @param hostKey its host key as dropbear wants it
 * @param programs the folder of the stand-ins; undefined for OpenWrt's own image, which has programs and all else
 */
export function writeRouterFiles(
  folder: string,
  instance: Instance,
  router: SimulatedHost,
  hostKey: Buffer,
  programs: string | undefined,
): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (programs !== undefined) {
    cpSync(rootfs, folder, { recursive: true });
    // git keeps no modes but the executable bit; a device's configuration is for root alone.
    const configuration = join(folder, "etc", "config");
    for (const name of readdirSync(configuration)) chmodSync(join(configuration, name), 0o600);
    chmodSync(join(folder, "etc", "shadow"), 0o600);
    for (const name of ["procd", "rpcd", "uci", "ubus", "netifd", "fw4", "dnsmasq-config"]) {
      cpSync(join(programs, name), join(folder, "sbin", name));
    }
  }
  const files: Readonly<Record<string, string | Buffer>> = {
    "etc/config/network": stockNetwork(router.address, gatewayOf(instance, router, programs)),
    "etc/dropbear/authorized_keys": `${authorizedKey(instance)}\n`,
    "etc/dropbear/dropbear_ed25519_host_key": hostKey,
    // Debian's dropbear looks here, OpenWrt's there.
    "root/.ssh/authorized_keys": `${authorizedKey(instance)}\n`,
  };
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true, mode: path.startsWith("etc/config") ? 0o755 : 0o700 });
    writeFileSync(target, content, { mode: 0o600 });
  }
}

/**
 * The way out that a person gives to a device by hand: that behind the internet line has its own there, and is the others'.
 * OpenWrt's own image asks for an address at that line, and nobody answers.
 */
function gatewayOf(instance: Instance, router: SimulatedHost, programs: string | undefined): string | undefined {
  if (programs === undefined) return instance.gateway;
  const [first] = instance.routers;
  return router === first ? undefined : first?.address;
}

/**
 * The network of a device with a DSA switch, as OpenWrt 24.10 makes it at the first start, after somebody did in LuCI what
 * docs/network.md says.
 * @param gateway also whom it asks for names
 */
export function stockNetwork(address: string, gateway?: string): string {
  return `
config interface 'loopback'
	option device 'lo'
	option proto 'static'
	option ipaddr '127.0.0.1'
	option netmask '255.0.0.0'

config globals 'globals'
	option ula_prefix 'fd5c:1f2e:9a3b::/48'
	option packet_steering '1'

config device
	option name 'br-lan'
	option type 'bridge'
	list ports 'lan1'
	list ports 'lan2'
	list ports 'lan3'
	list ports 'lan4'

config interface 'lan'
	option device 'br-lan'
	option proto 'static'
	option ipaddr '${address}'
	option netmask '255.255.255.0'
${gateway === undefined ? "" : `	option gateway '${gateway}'\n	list dns '${gateway}'\n`}	option ip6assign '60'

config interface 'wan'
	option device 'wan'
	option proto 'dhcp'

config interface 'wan6'
	option device 'wan'
	option proto 'dhcpv6'

`;
}
