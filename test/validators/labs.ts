/** The first lab as its hosts get it. */
import { parseConfig } from "../../config/parse.ts";
import type { HostPlan } from "../../lab/model.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { firstLabConfig } from "../components/program.ts";

/** Its stacks, which are its hosts. */
export const stacks = ["adama", "starbuck"] as const;

/** The plan of one host; what is personal or not pinned yet is filled in. */
export function firstLabHost(stack: string): HostPlan {
  const values = Object.entries(firstLabConfig(stack)).map(([key, value]) => [key.replace(/^homelab:/, ""), value]);
  const { lab, stack: own, problems } = parseConfig(Object.fromEntries(values), stack);
  if (problems.length > 0) throw new Error(`Pulumi.yaml or Pulumi.${stack}.yaml: ${JSON.stringify(problems)}`);
  return planHost(planLab(lab), own);
}
