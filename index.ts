import * as pulumi from "@pulumi/pulumi";
import { Host } from "./components/host.ts";
import { sharedBy } from "./components/shared.ts";
import { Workload } from "./components/workload.ts";
import { loadConfig } from "./config/load.ts";
import { planHost, planLab } from "./lab/plan.ts";

// config → plan → components: what is declared here is the part of the plan that lies on this stack's host.
const config = loadConfig(pulumi.getStack());
const plan = planLab(config.lab);
const hostPlan = planHost(plan, config.stack);

const shared = await sharedBy(plan, hostPlan.host.name);
const host = new Host(hostPlan.host.name, { host: hostPlan.host, issuer: shared.issuer });
for (const workload of hostPlan.workloads) new Workload(workload.placed.name, { host, plan: workload, shared });

/** Which plan this stack was applied from: others warn when theirs is another. */
export const planHash = plan.hash;
export const { rootCertificate, intermediates, people, operatorPassword } = shared.outputs;
