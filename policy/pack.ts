/** The policies as a pack of @pulumi/policy: `pulumi preview --policy-pack policy`. */
import { PolicyPack, type ResourceValidationPolicy, type StackValidationPolicy } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { loadSettings } from "../config/load.ts";
import type { LabPlan } from "../lab/model.ts";
import { planLab } from "../lab/plan.ts";
import { policies } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { plannedResource } from "./reported.ts";

/** All that the pack judges by. */
function packed(): readonly (ResourceValidationPolicy | StackValidationPolicy)[] {
  try {
    const plan = planLab(loadSettings(pulumi.getStack()).lab);
    return policies.flatMap((policy) => validations(policy, plan));
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return [refusal(error.message)];
    throw error;
  }
}

/**
 * Lets nothing pass for which there is no plan to judge by. A program that refuses its configuration, in better words, declares no
 * more than its stack; of one that goes on, an empty pack would say that all is well.
 */
function refusal(reason: string): ResourceValidationPolicy {
  return {
    name: "plan",
    description: "There is a plan to judge by.",
    validateResource: ({ type }, report) => {
      if (type !== "pulumi:pulumi:Stack") report(`can't be judged: the policies have no plan of the lab. ${reason}`);
    },
  };
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

new PolicyPack("homelab", { enforcementLevel: "mandatory", policies: [...packed()] });
