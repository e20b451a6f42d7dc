import type { Tier } from "../../lab/definition.ts";
import type { ProgramCopy } from "../../rehearsal/simulation/copy.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";

/** A workload that the repository does not have: Alertmanager once more, under a name of its own. */
export interface Sibling {
  readonly host: string;
  readonly name: string;
  readonly network: number;
  readonly port: number;
  readonly tier: Tier;
}

const ALERTMANAGER = "docker.io/prom/alertmanager";

/**
 * Lets Pulumi run a copy of the program that knows these workloads too, and places them, until `lab.resetConfig()`. Nobody calls
 * them, so that they come and go without a change of any other.
 */
export function placeSiblings(lab: Lab, siblings: readonly Sibling[]): ProgramCopy {
  lab.resetConfig();
  const copy = lab.useCopyOfProgram();
  copy.edit("lab/workloads/index.ts", (text) =>
    text
      .replace(
        "[alertmanager,",
        `[...(${JSON.stringify(siblings)} as { name: string; port: number }[]).map(sibling), alertmanager,`,
      )
      .concat(`
function sibling({ port, ...its }: { name: string; port: number }): WorkloadDefinition {
  const { page: _, metrics: __, ...rest } = alertmanager;
  return { ...rest, ...its, ports: [{ name: "https", number: port, containerPort: 9093, protocol: "tcp", access: "clients" }] };
}
`),
  );
  lab.editProject((file) => {
    for (const { name, host } of siblings) file.setIn(["config", "homelab:placement", "value", name], [host]);
  });
  for (const { name, host } of siblings) lab.setImage(host, name, lab.catalogue.version(ALERTMANAGER, "current"));
  return copy;
}
