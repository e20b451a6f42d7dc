import * as pulumi from "@pulumi/pulumi";
import { warnOfDataLeftBehind } from "./components/data.ts";
import { HomeNetwork } from "./components/home-network.ts";
import { Host } from "./components/host.ts";
import { sharedBy } from "./components/shared.ts";
import { Workload } from "./components/workload.ts";
import { loadConfig } from "./config/load.ts";
import { dataPlaces } from "./lab/data.ts";
import { planHost, planLab } from "./lab/plan.ts";
import { routersOf } from "./lab/routers/plan.ts";

/**
 * Declares the part of the lab that lies on this stack's host: config → plan → components.
 *
 * @returns the stack's outputs: which plan it was applied from, and what the other stacks and the person need of it
 */
export default async function homelab(): Promise<Record<string, unknown>> {
  const config = loadConfig(pulumi.getStack());
  const plan = planLab(config.lab);
  const hostPlan = planHost(plan, config.stack);

  const data = dataPlaces(plan);
  const warned = warnOfDataLeftBehind(data, hostPlan.host.name);
  const shared = await sharedBy(plan, hostPlan.host.name);
  const routers = routersOf(plan, config.stack.host);
  const network = routers.length > 0 ? new HomeNetwork("home", routers, config.secrets) : undefined;
  const after = network?.routers ?? [];
  const host = new Host(hostPlan.host.name, { plan: hostPlan, shared, secrets: config.secrets, after });
  const workloads = hostPlan.workloads.map(
    (workload) =>
      new Workload(workload.placed.name, {
        host,
        plan: workload,
        shared,
        config: config.lab,
        secrets: config.secrets,
        initialise: hostPlan.initialise.includes(workload.placed.name),
      }),
  );
  const serving = workloads.map((workload) => workload.serve(workloads.map(({ image }) => image)));

  await warned;
  // Only when all are where they should be: a failed `up` leaves what the next preview has to warn of.
  return { planHash: plan.hash, data: pulumi.output(serving).apply(() => data), ...shared.outputs, ...network?.outputs };
}
