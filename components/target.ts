import type { PlannedHost } from "../lab/model.ts";
import type { PlannedRouter } from "../lab/routers/plan.ts";
import type { SshTarget } from "../providers/ssh.ts";

/** How the providers reach a host of the plan. */
export function targetOf({ name, config }: Pick<PlannedHost, "name" | "config">): SshTarget {
  return { name, address: config.address, port: config.sshPort, hostKey: config.hostKey };
}

/** How the providers reach a router of the plan. */
export function routerTargetOf({ name, config }: PlannedRouter): SshTarget {
  return { name, address: config.address, port: config.sshPort, hostKey: config.hostKey, kind: "router" };
}
