import type { LabPlan } from "../lab/model.ts";
import { capacity } from "./capacity.ts";
import { digest, health, limits, restart, stop } from "./containers.ts";
import { backup } from "./data.ts";
import { encrypted, outside } from "./listening.ts";
import type { PlannedResource, Policy, Violation } from "./policy.ts";
import { privileges, socket } from "./privileges.ts";
import { secrets } from "./secrets.ts";

/** What every plan keeps to. */
export const policies: readonly Policy[] = [
  limits,
  digest,
  health,
  restart,
  stop,
  privileges,
  socket,
  backup,
  encrypted,
  outside,
  secrets,
  capacity,
];

/** All that a stack's resources violate. */
export function violations(resources: readonly PlannedResource[], plan: LabPlan): readonly Violation[] {
  return policies.flatMap(({ name: policy, resource: check, stack }) => [
    ...resources.flatMap((resource) =>
      (check?.(resource, plan) ?? []).map((message) => ({ policy, resource: resource.name, message })),
    ),
    ...(stack?.(resources, plan) ?? []).map((violation) => ({ policy, ...violation })),
  ]);
}
