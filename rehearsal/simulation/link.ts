/** The link between this machine and a Pi, made slow: see slow-link.ts. */

import { attempt } from "../../operations/shell.ts";
import { type SshTarget, sshArguments } from "../../providers/ssh.ts";
import type { Lab } from "./lab.ts";
import { hostKey, SSH_LINK } from "./ssh.ts";

/** How slow, and how bad: what comes from the Pi is later by so much, and this part of it has to be sent again. */
export interface Link {
  readonly milliseconds: number;
  readonly loss: number;
}

/** How the lab's providers reach a simulated Pi. */
export function simulatedTarget(lab: Lab, name: string): SshTarget {
  const host = lab.host(name);
  return { name, address: host.address, port: 22, hostKey: hostKey(lab.instance, host) };
}

/**
 * Does something over a slow link to a Pi.
 *
 * @param body gets the environment for `lab.pulumi` in which the link is slow
 */
export async function overSlowLink<T>(
  lab: Lab,
  host: string,
  { milliseconds, loss }: Link,
  body: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  await closeConnection(lab, host);
  try {
    return await body({ [SSH_LINK]: `${milliseconds} ${loss}` });
  } finally {
    await closeConnection(lab, host);
  }
}

/** Ends the connection that all share, if there is one: it is as fast or slow as when it was opened. */
async function closeConnection(lab: Lab, host: string): Promise<void> {
  await attempt("ssh", ["-O", "exit", ...sshArguments(simulatedTarget(lab, host))], { env: lab.env });
}
