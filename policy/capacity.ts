import { CPU_OVERCOMMIT, MEMORY_RESERVE_MIB } from "../lab/capacity.ts";
import type { Policy } from "./policy.ts";
import { podmanOption } from "./unit.ts";
import { workloadsIn } from "./workload.ts";

/** What lab/capacity.ts says of the plan, of what is really declared: the two could differ. */
export const capacity: Policy = {
  name: "capacity",
  description: "The limits of a host's containers fit the host.",
  stack: (resources, plan) =>
    plan.hosts.flatMap(({ name, config }) => {
      const workloads = workloadsIn(resources, plan).filter(({ host }) => host === name);
      const memory = sum(workloads.map(({ unit }) => Number.parseFloat(podmanOption(unit, "memory") ?? "0")));
      const cpus = workloads.map((workload) => ({ ...workload, cpus: Number(podmanOption(workload.unit, "cpus") ?? "0") }));
      const greedy = cpus.filter((workload) => workload.cpus > config.cpus);
      const remedy = `Lower a limit (homelab:limits in Pulumi.${name}.yaml), or place a workload elsewhere (homelab:placement).`;
      const problems = [
        ...over("MiB of memory", memory, config.memoryMiB - MEMORY_RESERVE_MIB),
        ...over("cores", sum(cpus.map((workload) => workload.cpus)), config.cpus * CPU_OVERCOMMIT),
        ...greedy.map((workload) => `${workload.name} may take more than the ${config.cpus} cores that there are.`),
      ];
      return problems.map((problem) => ({
        resource: name,
        message: `${name} cannot give what its containers may take: ${problem} ${remedy}`,
      }));
    }),
};

function over(unit: string, used: number, available: number): readonly string[] {
  // Limits like 0.1 do not add up exactly.
  return used > available + 1e-9 ? [`${round(used)} ${unit} of ${round(available)}.`] : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
