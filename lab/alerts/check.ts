import { missingSecret } from "../missing-secret.ts";
import type { ConfigProblem, LabPlan, StackConfig } from "../model.ts";
import { networksOf, zoneOf } from "../routers/networks.ts";
import type { Receiver } from "./model.ts";
import { alertSecret, alertSecrets, receiverOf } from "./secrets.ts";

const KEY = "homelab:alerts";

/** The workload that tells people. */
const TELLS = "alertmanager";

/** Whether those who shall be told of alerts can be: Alertmanager runs, gets out, and has what is secret about them. */
export function checkAlerts(plan: LabPlan, stack: StackConfig): readonly ConfigProblem[] {
  const { alerts = {} } = plan.config;
  const teller = plan.workloads.find(({ name }) => name === TELLS);
  const isNobody = Object.keys(alerts).length > 0 && teller === undefined;
  return [
    ...(isNobody ? [problem(KEY, `nobody is told: ${TELLS} is on no host`, `Add ${TELLS} to homelab:placement.`)] : []),
    ...checkWayOut(plan, teller?.address),
    ...checkSecrets(plan, stack, teller?.host),
  ];
}

/** Only what `outwards` names gets out of the servers' VLAN. A webhook is not looked at: where it leads is part of its secret. */
function checkWayOut({ config: { alerts = {}, home } }: LabPlan, address: string | undefined): ConfigProblem[] {
  if (!home || address === undefined) return [];
  const zone = zoneOf(address, home);
  if (networksOf(home.network).find(({ interface: name }) => name === zone)?.kind !== "servers") return [];
  // One with an address leads there and nowhere else.
  const open = Object.values(home.network.outwards).flatMap(({ port, protocol, address: only }) =>
    protocol === "tcp" && only === undefined ? [port] : [],
  );
  return Object.entries(alerts).flatMap(([name, receiver]) => {
    const port = portOf(receiver);
    if (port === undefined || open.includes(port)) return [];
    const remedy = `Add one to homelab:network.outwards, with its reason and port: ${port}.`;
    return [problem(`${KEY}.${name}`, `is not reached: no outward rule lets servers out at port ${port}`, remedy)];
  });
}

function portOf({ email, pushover, telegram }: Receiver): number | undefined {
  if (email) return Number(email.server.split(":").at(-1));
  return pushover || telegram ? 443 : undefined;
}

function checkSecrets({ config: { alerts = {} } }: LabPlan, { host, secrets }: StackConfig, teller?: string): ConfigProblem[] {
  const file = `Pulumi.${host}.yaml`;
  const needed = host === teller ? alertSecrets(alerts).map(({ receiver, what }) => alertSecret(receiver, what)) : [];
  const missing = needed.filter((name) => !secrets.includes(name));
  const foreign = secrets.filter((name) => receiverOf(name) !== undefined && !needed.includes(name));
  return [
    ...missing.map((name): ConfigProblem => {
      return { ...missingSecret(host, name, `without it ${receiverOf(name)} is not told of alerts`), unfilled: true };
    }),
    ...foreign.map((name) => {
      const remedy = `${host} needs: ${needed.join(", ") || "none"}. Correct the name or remove the line.`;
      return problem(`secret:${name}`, `is of nobody in ${KEY} whom ${host} tells`, remedy, file);
    }),
  ];
}

function problem(path: string, message: string, remedy: string, file = "Pulumi.yaml"): ConfigProblem {
  return { file, path, message, remedy };
}
