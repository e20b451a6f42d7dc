import { LOCAL_REPOSITORY } from "./backup/plan.ts";
import type { Limits } from "./definition.ts";
import type { ConfigProblem, LabPlan, PlacedWorkload, PlannedHost, StackConfig } from "./model.ts";

/**
 * Memory that no workload gets: the system, what timers of backups do (384 MiB, lab/backup/units.ts), and an upgrade's restic
 * (256 MiB, providers/workload/host/apply.py), which waits for none of them.
 */
export const MEMORY_RESERVE_MIB = 768;

/**
 * How many times its cores a host may promise. Processor time that is short makes things slow, not dead, and limits are for
 * peaks: the complete lab promises 2.7 times what starbuck has, and hardly two of its workloads are ever busy at once.
 */
export const CPU_OVERCOMMIT = 3;

/** Disk that no volume gets: the system, logs, room to work in. */
const DISK_RESERVE_GIB = 8;

/** Disk for the images of a workload: the current, the previous and one that is being pulled. */
const IMAGES_GIB = 1.5;

/** What is promised on a host, and what there is to promise. */
export interface Capacity {
  readonly memoryMiB: Amount;
  readonly cpus: Amount;
  readonly diskGiB: Amount;
}

/** Of one resource of a host, in its unit. */
export interface Amount {
  readonly used: number;
  readonly available: number;
}

/** A workload's limits on its host, with the changes of the host's stack. */
export function limitsOf(workload: PlacedWorkload, stack: StackConfig): Limits {
  return { ...workload.limits, ...stack.limits[workload.name] };
}

/** What the workloads of a host may take at most, and what the host can give. */
export function capacityOf(host: PlannedHost, stack: StackConfig, plan: LabPlan): Capacity {
  const limits = host.workloads.map((workload) => limitsOf(workload, stack));
  const { memoryMiB, cpus, diskGiB } = host.config;
  return {
    memoryMiB: { used: sum(limits.map((limit) => limit.memoryMiB)), available: memoryMiB - MEMORY_RESERVE_MIB },
    cpus: { used: sum(limits.map((limit) => limit.cpus)), available: cpus * CPU_OVERCOMMIT },
    diskGiB: { used: sum(host.workloads.map(diskOf)) + repositoriesOf(host, plan), available: diskGiB - DISK_RESERVE_GIB },
  };
}

/** What a workload may come to take of the disk, without its backups. */
function diskOf(workload: PlacedWorkload): number {
  return IMAGES_GIB + sum(workload.volumes.map(({ diskGiB }) => diskGiB));
}

/**
 * What repositories may take of a host's disk: as much as the data that is saved, of the host itself unless its first repository
 * lies elsewhere, and of each host whose copies it keeps.
 */
function repositoriesOf(host: PlannedHost, plan: LabPlan): number {
  const saved = ({ workloads }: PlannedHost) =>
    sum(workloads.flatMap(({ volumes }) => volumes.map(({ diskGiB, backup }) => (backup === true ? diskGiB : 0))));
  const kept = plan.hosts.filter(({ name }) => host.backup.keeps.some((copy) => copy.host === name));
  return (host.backup.repository === LOCAL_REPOSITORY ? saved(host) : 0) + sum(kept.map(saved));
}

/** Whether the stack's host can give all that its workloads may take. */
export function checkCapacity(plan: LabPlan, stack: StackConfig): readonly ConfigProblem[] {
  const host = plan.hosts.find(({ name }) => name === stack.host);
  if (!host) return [];
  const { memoryMiB, cpus, diskGiB } = capacityOf(host, stack, plan);
  const greedy = host.workloads.filter((workload) => limitsOf(workload, stack).cpus > host.config.cpus);
  const file = `Pulumi.${stack.host}.yaml`;
  return [
    ...over(host, "memory", memoryMiB, "MiB", `of ${host.config.memoryMiB} MiB, ${MEMORY_RESERVE_MIB} are the system's`),
    ...over(host, "cpus", cpus, "cores", `${CPU_OVERCOMMIT} times its ${host.config.cpus} cores`),
    ...over(host, "disk", diskGiB, "GiB", `of ${host.config.diskGiB} GiB, ${DISK_RESERVE_GIB} are the system's`),
    ...greedy.map((workload) => ({
      file,
      path: `homelab:limits.${workload.name}.cpus`,
      value: limitsOf(workload, stack).cpus,
      message: `is more than the ${host.config.cpus} cores that ${host.name} has`,
      remedy: `Give it at most ${host.config.cpus}.`,
    })),
  ];
}

/** What a person writes under `homelab:hosts.<host>`, and the name that it has once it is read. */
const HOST_KEYS = { memory: "memoryMiB", cpus: "cpus", disk: "diskGiB" } as const;

function over(
  host: PlannedHost,
  key: keyof typeof HOST_KEYS,
  { used, available }: Amount,
  unit: string,
  why: string,
): ConfigProblem[] {
  // Limits like 0.1 do not add up exactly.
  if (used <= available + 1e-9) return [];
  return [
    {
      file: "Pulumi.yaml",
      path: `homelab:hosts.${host.name}.${key}`,
      value: asWritten(host.config[HOST_KEYS[key]], unit),
      message: `is ${round(used - available)} ${unit} too little: its workloads may take ${round(used)}, it can give ${round(available)} (${why})`,
      remedy: `Place a workload elsewhere (homelab:placement), or lower ${key === "disk" ? "a volume in lab/workloads/" : `a limit (homelab:limits in Pulumi.${host.name}.yaml)`}. "npm run plan" shows what takes how much.`,
    },
  ];
}

/** An amount as the configuration has it: `4GiB`, `800MiB`, a plain number of cores. */
function asWritten(amount: number, unit: string): number | string {
  if (unit === "cores") return amount;
  return unit === "MiB" && amount % 1024 === 0 ? `${amount / 1024}GiB` : `${amount}${unit}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
