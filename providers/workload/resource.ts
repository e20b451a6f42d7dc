import * as pulumi from "@pulumi/pulumi";
import { HEALTHY, type WorkloadInputs, type WorkloadOutputs } from "./inputs.ts";

/**
 * The provider as state holds it: a stub that imports what the folder of the program has today. Pulumi serializes these
 * functions into state and runs them from there when it reads or deletes, so they must stay this small, and the path that
 * they import must never move (it is resolved from the program's folder, hence `as string`: not from this file's).
 */
const provider: pulumi.dynamic.ResourceProvider<WorkloadInputs, WorkloadOutputs> = {
  diff: async (id, olds, news) => (await import("./providers/workload/provider.ts" as string)).diff(id, olds, news),
  create: async (inputs) => (await import("./providers/workload/provider.ts" as string)).create(inputs),
  update: async (id, olds, news) => (await import("./providers/workload/provider.ts" as string)).update(id, olds, news),
  read: async (id, olds) => (await import("./providers/workload/provider.ts" as string)).read(id, olds),
  delete: async (id, olds) => (await import("./providers/workload/provider.ts" as string)).delete(id, olds),
};

/** What a {@link WorkloadResource} takes: {@link WorkloadInputs}, of which secrets may be known later. */
export type WorkloadResourceArgs = {
  readonly [Key in keyof Omit<WorkloadInputs, "state" | "undeclared">]: pulumi.Input<NonNullable<WorkloadInputs[Key]>>;
};

/** One workload on one host: unit, files, secrets and health check, changed in one transaction on the host. */
export class WorkloadResource extends pulumi.dynamic.Resource {
  /** The last transaction on the host that changed it. */
  declare public readonly transaction: pulumi.Output<string>;

  constructor(name: string, args: WorkloadResourceArgs, options?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, state: HEALTHY, undeclared: {}, transaction: undefined }, options, "homelab", "Workload");
  }
}
