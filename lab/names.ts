import type { Placement, Placements, WorkloadDefinition } from "./definition.ts";
import type { LabConfig } from "./model.ts";

/** `adama.<domain>`. */
export function hostName(host: string, config: LabConfig): string {
  return `${host}.${config.domain}`;
}

/** Whom the health checks of a host come from: `health.adama.<domain>`. */
export function healthIdentity(host: string, config: LabConfig): string {
  return `health.${hostName(host, config)}`;
}

/** Whom the copies of a host's backups come from: `backup.adama.<domain>`. */
export function backupIdentity(host: string, config: LabConfig): string {
  return `backup.${hostName(host, config)}`;
}

/** `node-exporter.adama.<domain>`. */
export function nodeExporterIdentity(host: string, config: LabConfig): string {
  return `node-exporter.${hostName(host, config)}`;
}

/** Address of a page for people, without `https://`. */
export function pageName(page: string, config: LabConfig): string {
  return `${page}.${config.domain}`;
}

/** `prometheus.<domain>` for the only one of the lab, `nginx.adama.<domain>` for one of each host. */
function identityOf(definition: WorkloadDefinition, host: string, config: LabConfig): string {
  return `${definition.name}.${definition.instances === "one" ? config.domain : hostName(host, config)}`;
}

/**
 * Who runs where. What the placement names but the catalogue or the hosts do not have is left out: the checks report it.
 * @param catalogue all workloads that there are
 */
export function placementsOf(config: LabConfig, catalogue: readonly WorkloadDefinition[]): Placements {
  const all: Placement[] = [];
  const byName = [...catalogue].sort((a, b) => compare(a.name, b.name));
  for (const host of sortedNames(config.hosts)) {
    for (const definition of byName) {
      const address = config.hosts[host]?.address;
      if (address === undefined || !config.placement[definition.name]?.includes(host)) continue;
      all.push({ definition, name: definition.name, host, identity: identityOf(definition, host, config), address });
    }
  }
  return { config, all };
}

/** The placements of one workload: one, one per host, or none. */
export function placementsNamed(lab: Placements, name: string): readonly Placement[] {
  return lab.all.filter((placement) => placement.name === name);
}

/** Keys in an order that does not depend on how a person wrote them, nor on the machine's language. */
export function sortedNames(record: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(record).sort(compare);
}

/** Order of strings by code unit, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorted, without duplicates. */
export function sortedUnique(values: Iterable<string>): string[] {
  return [...new Set(values)].sort(compare);
}
