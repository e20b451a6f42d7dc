import { checkAlerts } from "./alerts/check.ts";
import { checkBackup } from "./backup/check.ts";
import { checkCapacity } from "./capacity.ts";
import { checkCatalogue, checkLinks } from "./check-catalogue.ts";
import { checkHome } from "./check-home.ts";
import { checkNetworks } from "./check-networks.ts";
import { checkPorts } from "./check-ports.ts";
import { checkPlacement, checkPrimary, checkStack } from "./check-references.ts";
import type { WorkloadDefinition } from "./definition.ts";
import type { ConfigProblem, LabConfig, StackConfig } from "./model.ts";
import { placementsOf } from "./names.ts";
import { planLab } from "./plan.ts";
import { workloads as everyWorkload } from "./workloads/index.ts";

/** Names that a person wrote, also of what could not be read: what is reported as wrong is not reported as missing too. */
export interface Written {
  readonly hosts: readonly string[];
  readonly images: readonly string[];
  readonly network: boolean;
  readonly routers: readonly string[];
}

/**
 * Whether a configuration that is well formed makes a lab: all that is wrong with it, as one stack sees it. Of limits and
 * images each stack knows its own only, so that a host's capacity is checked by its own stack.
 * @param catalogue all workloads that there are
 */
export function checkLab(
  lab: LabConfig,
  stack: StackConfig,
  written: Written = writtenIn(lab, stack),
  catalogue: readonly WorkloadDefinition[] = everyWorkload,
): readonly ConfigProblem[] {
  const faultyCatalogue = checkCatalogue(catalogue);
  // Nothing can be planned from definitions that contradict themselves.
  if (faultyCatalogue.length > 0) return faultyCatalogue;
  const plan = planLab(lab, catalogue);
  return [
    ...checkPrimary(lab, written.hosts),
    ...checkPlacement(lab, catalogue, written.hosts),
    ...checkNetworks(lab, catalogue),
    ...checkLinks(placementsOf(lab, catalogue)),
    ...checkPorts(plan),
    ...checkStack(plan, stack, catalogue, written),
    ...checkCapacity(plan, stack),
    ...checkBackup(plan, stack, written.hosts),
    ...checkAlerts(plan, stack),
    ...checkHome(plan, stack, written),
  ];
}

function writtenIn({ hosts, home }: LabConfig, { images }: StackConfig): Written {
  const routers = Object.keys(home?.routers ?? {});
  return { hosts: Object.keys(hosts), images: Object.keys(images), network: home !== undefined, routers };
}
