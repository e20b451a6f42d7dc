/** The policies as a pack of @pulumi/policy: `pulumi preview --policy-pack policy`. */
import { PolicyPack, type ResourceValidationPolicy, type StackValidationPolicy } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "../config/load.ts";
import type { LabPlan } from "../lab/model.ts";
import { planLab } from "../lab/plan.ts";
import { policies } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { plannedResource } from "./reported.ts";

/** Of a faulty configuration nothing is planned: the program itself refuses it, in better words. */
function planned(): LabPlan | undefined {
  try {
    return planLab(loadConfig(pulumi.getStack()).lab);
  } catch (error) {
    if (error instanceof pulumi.RunError) return undefined;
    throw error;
  }
}

/** What @pulumi/policy makes of one of ours. */
function validations(
  { name, description, resource, stack }: Policy,
  plan: LabPlan,
): readonly (ResourceValidationPolicy | StackValidationPolicy)[] {
  const each: ResourceValidationPolicy[] = resource
    ? [
        {
          name,
          description,
          validateResource: (given, report) => {
            for (const message of resource(plannedResource(given), plan)) report(message);
          },
        },
      ]
    : [];
  const all: StackValidationPolicy[] = stack
    ? [
        {
          name,
          description,
          validateStack: ({ resources }, report) => {
            for (const { message } of stack(resources.map(plannedResource), plan)) report(message);
          },
        },
      ]
    : [];
  return [...each, ...all];
}

const plan = planned();
const all = plan === undefined ? [] : policies.flatMap((policy) => validations(policy, plan));
new PolicyPack("homelab", { enforcementLevel: "mandatory", policies: all });
