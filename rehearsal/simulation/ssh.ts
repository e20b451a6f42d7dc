/**
 * How the rehearsal gets onto its Pis and routers. Product code runs `ssh` as it does in the real lab; a folder with an `ssh` of our own
 * stands first on PATH and adds the rehearsal's key, as a person's `~/.ssh/config` would.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, type Result, run } from "../../operations/shell.ts";
import type { Instance, SimulatedHost } from "./instance.ts";

/** The folder to put first on PATH. */
export function shimFolder(instance: Instance): string {
  return join(instance.folder, "bin");
}

/** The ssh configuration that a person can use as well: `ssh -F <this> adama`. */
export function sshConfig(instance: Instance): string {
  return join(instance.folder, "ssh", "config");
}

/** Makes the key of the person, a host key for every machine, the configuration, and the `ssh` that uses it. */
export async function prepareSsh(instance: Instance): Promise<void> {
  mkdirSync(join(instance.folder, "ssh"), { recursive: true });
  mkdirSync(shimFolder(instance), { recursive: true });
  await ensureKey(personKey(instance), "rehearsal");
  for (const host of [...instance.hosts, ...instance.routers]) await ensureKey(hostKeyFile(instance, host), host.name);
  writeFileSync(
    join(instance.folder, "ssh", "known_hosts"),
    [
      ...instance.hosts.map((host) => `${host.address} ${hostKey(instance, host)}\n`),
      ...instance.routers.map((router) => `${router.name} ${hostKey(instance, router)}\n`),
    ].join(""),
  );
  writeFileSync(sshConfig(instance), configText(instance));
  writeFileSync(join(shimFolder(instance), "ssh"), shim(sshConfig(instance)), { mode: 0o755 });
}

/** The environment variable that names the file in which the shim notes every call; without it nothing is noted. */
export const SSH_LOG = "HOMELAB_SSH_LOG";

/** The environment variable that makes the link to the Pis slow: milliseconds, and which part of what is sent is lost. */
export const SSH_LINK = "HOMELAB_SSH_LINK";

/**
 * One line when a call begins and one when it ends, with the address that it goes to; of the command, its first words, without
 * what they may quote. Nothing runs between the two but ssh, so that what ends this ends ssh, by its standard input.
 */
function shim(config: string): string {
  const slowLink = `${process.execPath} '${join(import.meta.dirname, "slow-link.ts")}'`;
  return `#!/bin/sh
[ -z "$${SSH_LINK}" ] || set -- -o "ProxyCommand=${slowLink} %h %p $${SSH_LINK}" "$@"
[ -n "$${SSH_LOG}" ] || exec /usr/bin/ssh -F '${config}' "$@"
address=-
for command; do case $command in root@*) address=\${command#root@} ;; esac; done
note() { printf '%s %s %s %.100s\\n' "$1" "$$" "$address" "$(printf '%s' "$command" | tr '\\n' ' ')" >> "$${SSH_LOG}"; }
note begin
/usr/bin/ssh -F '${config}' "$@"
status=$?
note end
exit $status
`;
}

/** Runs a command on a machine at an address that it may have by now. */
export function atAddress(instance: Instance, name: string, address: string, command: string): Promise<Result> {
  const options = ["-F", sshConfig(instance), "-o", `HostName=${address}`, "-o", "ConnectTimeout=5"];
  return attempt("/usr/bin/ssh", [...options, name, command]);
}

/** The public key that a machine proves itself with, as `homelab:hostKey` wants it. */
export function hostKey(instance: Instance, host: SimulatedHost): string {
  return publicKey(hostKeyFile(instance, host));
}

/** Gives a machine a new host key, as one that takes another's place has. */
export async function renewHostKey(instance: Instance, host: SimulatedHost): Promise<void> {
  for (const file of [hostKeyFile(instance, host), `${hostKeyFile(instance, host)}.pub`]) rmSync(file, { force: true });
  await prepareSsh(instance);
}

/** File of a machine's private key. */
export function hostKeyFile(instance: Instance, host: SimulatedHost): string {
  return join(instance.folder, "ssh", `host-${host.name}`);
}

/** The line for a machine's `authorized_keys`. */
export function authorizedKey(instance: Instance): string {
  return publicKey(personKey(instance));
}

function personKey(instance: Instance): string {
  return join(instance.folder, "ssh", "id_ed25519");
}

/** Type and key, without the comment. */
function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}

async function ensureKey(file: string, comment: string): Promise<void> {
  if (existsSync(`${file}.pub`)) return;
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);
}

/** Which host keys are right is product code's business: it pins them itself. `known_hosts` serves a person at a terminal. */
function configText(instance: Instance): string {
  const aliases = [
    ...instance.hosts.map((host) => `Host ${host.name}\n  HostName ${host.address}\n  HostKeyAlias ${host.address}\n`),
    // A router's address may change, its key does not.
    ...instance.routers.map((router) => `Host ${router.name}\n  HostName ${router.address}\n  HostKeyAlias ${router.name}\n`),
  ];
  const common = [
    "Host *",
    "  User root",
    `  IdentityFile "${personKey(instance)}"`,
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile "${join(instance.folder, "ssh", "known_hosts")}"`,
    "  StrictHostKeyChecking yes",
    "  LogLevel ERROR",
    "",
  ];
  return [...aliases, ...common].join("\n");
}
