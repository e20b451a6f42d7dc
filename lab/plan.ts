import { planBackup } from "./backup/plan.ts";
import { type Caller, callersOf, hostsOf, portsOf } from "./calls.ts";
import { certificatesOf, clientCertificate } from "./certificates.ts";
import type { Placements, WorkloadDefinition } from "./definition.ts";
import { agreementHash } from "./hash.ts";
import { healthCommand, reloadMetricCommand } from "./health.ts";
import {
  type HostPlan,
  type ImageReference,
  type LabConfig,
  type LabPlan,
  type PlacedWorkload,
  type PlannedHost,
  RESTIC,
  type StackConfig,
  type WorkloadPlan,
} from "./model.ts";
import { healthIdentity, hostName, placementsOf, sortedNames } from "./names.ts";
import { subnetOf } from "./network.ts";
import { planNodeExporter } from "./node-exporter.ts";
import { bringUpOrder, startedBefore, turnsOf } from "./order.ts";
import { dataDirectory } from "./paths.ts";
import { backupRecipe } from "./recipe.ts";
import { workloads as everyWorkload } from "./workloads/index.ts";

/**
 * Everything that will be there, the same whichever stack asks. Takes a configuration without problems (`config/load.ts`);
 * what a faulty one names but does not have is left out.
 * @param catalogue all workloads that there are
 */
export function planLab(config: LabConfig, catalogue: readonly WorkloadDefinition[] = everyWorkload): LabPlan {
  const lab = placementsOf(config, catalogue);
  const callers = callersOf(lab);
  const ordered = bringUpOrder(callers);
  const turns = turnsOf(ordered);
  const workloads = ordered.map((caller) => ({
    ...placeWorkload(caller, lab, callers),
    turn: turns.get(caller.placement) ?? 0,
    after: startedBefore(caller, ordered),
  }));
  const identities = callers.map(({ placement, calls }) => ({ identity: placement.identity, calls }));
  const hosts: PlannedHost[] = sortedNames(config.hosts).flatMap((name) => {
    const hostConfig = config.hosts[name];
    if (!hostConfig) return [];
    const health = healthIdentity(name, config);
    return {
      name,
      config: hostConfig,
      fqdn: hostName(name, config),
      healthIdentity: health,
      healthCertificate: clientCertificate(health),
      nodeExporter: planNodeExporter(name, hostConfig, config, identities),
      backup: planBackup(name, config),
      workloads: workloads.filter((workload) => workload.host === name),
    };
  });
  return { config, hosts, workloads, hash: agreementHash(config, hosts) };
}

/**
 * One host's part, with the images and limits of its stack.
 * @throws Error for a stack without a host and a workload without an image, which `config/load.ts` has refused before
 */
export function planHost(plan: LabPlan, stack: StackConfig): HostPlan {
  const host = plan.hosts.find(({ name }) => name === stack.host);
  if (!host) throw new Error(`No host is named "${stack.host}" as this stack is`);
  const workloads = host.workloads.map((placed) => {
    const image = stack.images[placed.name];
    if (!image) throw new Error(`No image for ${placed.name} in Pulumi.${stack.host}.yaml`);
    const restore = stack.restore?.[placed.name];
    const planned = planWorkload({ ...placed, limits: { ...placed.limits, ...stack.limits[placed.name] } }, image, plan);
    return restore ? { ...planned, restore } : planned;
  });
  const restic = stack.images[RESTIC];
  if (!restic) throw new Error(`No image for ${RESTIC} in Pulumi.${stack.host}.yaml`);
  return { plan, host, workloads, restic, initialise: stack.initialise };
}

function placeWorkload(caller: Caller, lab: Placements, callers: readonly Caller[]): Omit<PlacedWorkload, "turn" | "after"> {
  const { placement, calls } = caller;
  const { definition, name, host } = placement;
  return {
    ...placement,
    limits: definition.limits,
    subnet: subnetOf(lab.config.hosts[host]?.containerSubnet ?? "", definition.network),
    ports: portsOf(placement, lab, callers),
    volumes: definition.volumes.map((volume) => ({ ...volume, source: dataDirectory(name, volume.name) })),
    certificates: certificatesOf(caller, lab),
    calls,
    hosts: hostsOf(caller, lab),
  };
}

function planWorkload(placed: PlacedWorkload, image: ImageReference, plan: LabPlan): WorkloadPlan {
  const { definition } = placed;
  const metricCommand = reloadMetricCommand(placed);
  const backup = backupRecipe(placed);
  return {
    placed,
    image,
    limits: placed.limits,
    arguments: definition.arguments(placed, plan),
    environment: definition.environment?.(placed, plan) ?? {},
    files: definition.files(placed, plan),
    secretFiles: definition.secrets?.(placed, plan) ?? [],
    healthCommand: healthCommand(placed),
    ...(metricCommand ? { reloadMetricCommand: metricCommand } : {}),
    ...(backup ? { backup } : {}),
  };
}
