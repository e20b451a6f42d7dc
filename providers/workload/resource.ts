import type * as pulumi from "@pulumi/pulumi";
import { DeviceResource } from "../device-resource.ts";
import { HEALTHY, type WorkloadInputs } from "./inputs.ts";

/** What a {@link WorkloadResource} takes: {@link WorkloadInputs}, of which secrets may be known later. */
export type WorkloadResourceArgs = {
  readonly [Key in keyof Omit<WorkloadInputs, "state" | "found">]: pulumi.Input<NonNullable<WorkloadInputs[Key]>>;
};

/** One workload on one host: unit, files, secrets and health check, changed in one transaction on the host. */
export class WorkloadResource extends DeviceResource {
  /** The last transaction on the host that changed it. */
  declare public readonly transaction: pulumi.Output<string>;

  constructor(name: string, args: WorkloadResourceArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = { ...args, state: HEALTHY, found: {}, transaction: undefined };
    super("Workload", "./providers/workload/provider.ts", name, inputs, options);
  }
}
