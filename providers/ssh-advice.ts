import type { SshTarget } from "./ssh.ts";

/*
 * What a person reads when a host cannot be talked to, and what to do about it.
 */

/**
 * Why a session never began, and what to do.
 * @param stderr what OpenSSH said
 */
export function neverBegan(target: SshTarget, stderr: string): string {
  const host = inWords(target);
  const isRouter = target.kind === "router";
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION/.test(stderr)) return otherKeyAdvice(target);
  if (/Permission denied/.test(stderr)) {
    const how = isRouter
      ? "/etc/dropbear/authorized_keys (LuCI: System, Administration, SSH-Keys)."
      : `/root/.ssh/authorized_keys. From a user of it whom it lets in with that key:\n${letRootIn(target)}`;
    return `${host} does not let you in as root: ${stderr.trim()}\nPut your public key into its ${how}`;
  }
  return [
    `${host} cannot be reached: ${stderr.trim()}`,
    `Is it on, and is its address right in Pulumi.yaml (homelab:${isRouter ? "routers" : "hosts"}.${target.name}.address)?`,
    "A refresh asks where it was at the last up. If it is elsewhere by now, or off: leave out --refresh, or npm run deploy -- --no-refresh.",
  ].join("\n");
}

/**
 * What to do about a host that shows another key than the pinned one; for those who start `ssh` themselves, too.
 */
export function otherKeyAdvice(target: SshTarget): string {
  const [place, what] =
    target.kind === "router"
      ? [`homelab:routerKeys.${target.name} (Pulumi.<stack>.yaml)`, "router"]
      : [`Pulumi.${target.name}.yaml (homelab:hostKey)`, "Pi"];
  return [
    `${inWords(target)} shows another ssh host key than the one pinned in ${place}. Nothing was done.`,
    `If you have set this ${what} up anew, pin its new key: ssh-keyscan -t ed25519 -p ${target.port} ${target.address}`,
    "If not, something else answers at its address: find out what before you go on.",
    `If it is pinned already, leave out --refresh: that asks for the ${what} which was there before.`,
  ].join("\n");
}

/** Whether an error that Pulumi passes on is of a device that does not answer: in our words or, from the docker plugin, in ssh's own. */
export function saysUnreachable(error: string): boolean {
  return /cannot be reached: |ssh: connect to host /.test(error);
}

/** A host, and where it is. */
export function inWords({ name, address, port }: SshTarget): string {
  return `${name} (${address}, port ${port})`;
}

/** Not ssh-copy-id, for which root would need a password. With a terminal: sudo asks for that of the user. */
function letRootIn({ address, port }: SshTarget): string {
  return `ssh -t -p ${port} you@${address} 'sudo install -D -m 600 ~/.ssh/authorized_keys /root/.ssh/authorized_keys'`;
}
