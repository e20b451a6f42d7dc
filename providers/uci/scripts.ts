import { readFileSync } from "node:fs";
import { quote } from "../ssh.ts";
import type { Probe, Software } from "./inputs.ts";
import { OLDEST_RELEASE } from "./reading.ts";

/*
 * The device's side of reading and changing: POSIX sh, sent along with each session, so that nothing of ours lies on the device.
 * The texts are arguments of ssh, so there is no secret in them, and they stay below what dropbear takes (9 KB).
 */

/** Reads; with `prepare`, makes ready for a change. */
export function readCommand(packages: readonly string[], software: readonly Software[], prepare: boolean): string[] {
  const wanted = software.map(({ name, replaces }) => (replaces === undefined ? name : `${name}=${replaces}`));
  return command(script("read"), packages.join(" "), wanted.join(" "), prepare ? "prepare" : "", ...OLDEST_RELEASE.map(String));
}

/**
 * Stages and applies on trial; {@link applyInput} is its stdin.
 * @param id of this trial
 * @param rollbackSeconds until rpcd goes back
 * @param watchdogSeconds until our own watchdog does, where rpcd forgot
 * @param patience how long the services may take to take it up, in seconds
 * @param more interfaces that have to be started anew for it, and what has to be so afterwards if it is so now
 */
export function applyCommand(
  id: string,
  rollbackSeconds: number,
  watchdogSeconds: number,
  patience: number,
  packages: readonly string[],
  { tunnels = [], probes = [] }: { readonly tunnels?: readonly string[]; readonly probes?: readonly Probe[] } = {},
): string[] {
  const seconds = [rollbackSeconds, watchdogSeconds, patience].map(String);
  return command(`${functionOf(probes)}${script("apply")}`, id, ...seconds, packages.join(" "), tunnels.join(" "));
}

/**
 * Reads back, and waits for `confirm` or `revert` on stdin.
 * @param patience how long services and probes may take until all is well, in seconds
 */
export function confirmCommand(id: string, packages: readonly string[], probes: readonly Probe[], patience: number): string[] {
  return command(`${functionOf(probes)}${script("confirm")}`, id, String(patience), packages.join(" "));
}

/** The function that tries probes and says which failed, but for those that are known to fail. */
function functionOf(probes: readonly Probe[]): string {
  const lines = probes.map(({ command }, index) => {
    const isKnown = `grep -qx '== probe ${index}' "$trial/failing" 2>/dev/null`;
    return `  ${isKnown} || ${command.map(quote).join(" ")} >&2 </dev/null || say probe ${index}`;
  });
  return `probes() {\n${[...lines, "  true"].join("\n")}\n}\n`;
}

/**
 * stdin of {@link applyCommand}.
 * @param sums of the files that the change is for, in the packages' order; undefined for one that is not there
 * @param changesSum SHA-256 (hex) of what `uci changes` must say
 */
export function applyInput(
  packages: readonly string[],
  sums: readonly (string | undefined)[],
  changesSum: string,
  batch: string,
): string {
  const lines = packages.map((name, index) => (sums[index] ? `${sums[index]}  /etc/config/${name}` : `- ${name}`));
  return `${[`${lines.length} ${changesSum}`, ...lines].join("\n")}\n${batch}`;
}

function command(text: string, ...words: string[]): string[] {
  return ["sh", "-c", text, "homelab", ...words];
}

/** Without its comments: dropbear counts bytes. */
function script(name: "read" | "apply" | "confirm"): string {
  return ["common", name]
    .map((part) => readFileSync(new URL(`./device/${part}.sh`, import.meta.url), "utf8").replace(/^ *#.*\n/gm, ""))
    .join("");
}
