import type { LabPlan } from "../lab/model.ts";

/** A resource as a plan has it: what was declared, before anything is changed. */
export interface PlannedResource {
  /** E.g. `docker:index/remoteImage:RemoteImage`. */
  readonly type: string;
  readonly name: string;
  /** Plain values, with {@link SECRET} in place of what Pulumi encrypts, and {@link UNKNOWN} of what only the update makes. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** In place of a value that Pulumi encrypts. */
export const SECRET = "[secret]";

/** In place of a value that is not known before the update makes it. */
export const UNKNOWN = "[unknown]";

/** Something that no plan may contain, and that one does. */
export interface Violation {
  readonly policy: string;
  /** The resource's name, or the host's. */
  readonly resource: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** What every plan keeps to: pure functions, called by the pack (pack.ts) and by the summary of a preview. */
export interface Policy {
  readonly name: string;
  /** What holds, in one line. */
  readonly description: string;
  /** What is wrong with one resource. */
  readonly resource?: (resource: PlannedResource, plan: LabPlan) => readonly string[];
  /** What is wrong with all resources of a stack together. */
  readonly stack?: (resources: readonly PlannedResource[], plan: LabPlan) => readonly Omit<Violation, "policy">[];
}
