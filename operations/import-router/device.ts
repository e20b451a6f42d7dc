import { runOnHost, type SshTarget } from "../../providers/ssh.ts";
import type { Packages } from "../../providers/uci/model.ts";
import { readDevice } from "../../providers/uci/transaction.ts";

/** All that a device has. */
export interface WholeDevice {
  readonly packages: Packages;
  /** Names of all that is installed. */
  readonly software: readonly string[];
  /** Files that were not read, each with its reason. */
  readonly left: readonly string[];
}

/** Lists files and software; the package managers have no option for names alone. */
const LIST = "ls /etc/config && echo == && { apk info 2>/dev/null || opkg list-installed 2>/dev/null | cut -d' ' -f1; }";

/** What package managers leave beside a file that a person changed. */
const SPARE = /(-opkg|\.apk-new|\.bak|~)$/;

/** Reads everything that a device has, in two sessions. Nothing is changed on it. */
export async function readWholeDevice(target: SshTarget): Promise<WholeDevice> {
  const { stdout, stderr, status } = await runOnHost(target, ["sh", "-c", LIST]);
  const [files = "", installed = ""] = stdout.split("==\n");
  if (status !== 0 || files === "") throw new Error(`${target.name} is no OpenWrt device: ${stderr.trim()}`);
  const names = files.trim().split("\n");
  const wanted = names.filter((name) => /^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(name) && !SPARE.test(name));
  const { packages, unreadable } = await readDevice(target, wanted, [], false);
  return {
    packages,
    software: installed.trim().split("\n"),
    left: [
      ...names.filter((name) => !wanted.includes(name)).map((name) => `/etc/config/${name}: is no configuration, by its name`),
      ...unreadable.map((name) => `/etc/config/${name}: cannot be read by uci`),
    ],
  };
}
