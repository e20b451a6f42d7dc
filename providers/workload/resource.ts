import type * as pulumi from "@pulumi/pulumi";
import { DeviceResource } from "../device-resource.ts";
import { WORKLOAD } from "../resource-types.ts";
import { HEALTHY, type WorkloadInputs } from "./inputs.ts";
import type { Hold, RestorePoint } from "./protocol.ts";

/** What a {@link WorkloadResource} takes: {@link WorkloadInputs}, of which secrets may be known later. */
export type WorkloadResourceArgs = {
  readonly [Key in keyof Omit<WorkloadInputs, "state" | "found" | "backupBefore">]: pulumi.Input<
    NonNullable<WorkloadInputs[Key]>
  >;
};

/** One workload on one host: unit, files, secrets and health check, changed in one transaction on the host. */
export class WorkloadResource extends DeviceResource {
  /** The last transaction on the host that changed it. */
  declare public readonly transaction: pulumi.Output<string>;
  /** What the last change of the image left to go back to. */
  declare public readonly restorePoint: pulumi.Output<RestorePoint | undefined>;
  /** Images that are not brought up until they are released. */
  declare public readonly holds: pulumi.Output<Readonly<Record<string, Hold>> | undefined>;

  constructor(name: string, args: WorkloadResourceArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = { transaction: undefined, restorePoint: undefined, holds: undefined };
    const inputs = { ...args, state: HEALTHY, found: {}, ...outputs };
    super(WORKLOAD, "./providers/workload/provider.ts", name, inputs, options, true);
  }
}
