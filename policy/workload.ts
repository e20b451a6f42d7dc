import type { LabPlan, PlacedWorkload } from "../lab/model.ts";
import { WORKLOAD } from "../providers/resource-types.ts";
import type { PlannedResource, Policy } from "./policy.ts";
import { parseUnit, type Unit } from "./unit.ts";

/** A workload's resource, read, and what its file says. */
export interface PlannedWorkload {
  readonly name: string;
  readonly host: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Its container. */
  readonly unit: Unit;
  /** What the plan has of it; undefined for one that no file describes, which has no exceptions. */
  readonly placed: PlacedWorkload | undefined;
  /** Where a person writes what it has. */
  readonly file: string;
}

/** A policy that looks at workloads only. */
export function workloadPolicy(
  name: string,
  description: string,
  check: (workload: PlannedWorkload) => readonly string[],
): Policy {
  return {
    name,
    description,
    resource: (resource, plan) => workloadsIn([resource], plan).flatMap(check),
  };
}

/** The workloads among resources. */
export function workloadsIn(resources: readonly PlannedResource[], plan: LabPlan): readonly PlannedWorkload[] {
  return resources
    .filter(({ type }) => type === WORKLOAD)
    .map(({ name, inputs }) => {
      const host = text(member(inputs.host, "name"));
      return {
        name,
        host,
        inputs,
        unit: parseUnit(text(member(inputs.units, `${name}.container`))),
        placed: plan.workloads.find((workload) => workload.name === name && workload.host === host),
        file: `lab/workloads/${name}.ts`,
      };
    });
}

/** A member of what may be no object. */
export function member(value: unknown, key: string): unknown {
  return value !== null && typeof value === "object" ? Reflect.get(value, key) : undefined;
}

/** A text; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The texts in a record, by name. */
export function texts(value: unknown): readonly (readonly [name: string, text: string])[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, entry]) => (typeof entry === "string" ? [[name, entry] as const] : []));
}
