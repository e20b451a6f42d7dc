import { isDeepStrictEqual } from "node:util";
import type { LabFiles } from "../../config/files.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { routersOf } from "../../lab/routers/plan.ts";

/**
 * Stacks that change at their next deploy because another one goes back: `Pulumi.yaml` is everybody's, and who is on a host says
 * who may call the workloads of others. Where it cannot be told, all others.
 */
export function othersChanged(before: LabFiles, after: LabFiles, stack: string): readonly string[] {
  const others = Object.keys(after.lab.hosts).filter((host) => host !== stack);
  return others.filter((host) => {
    const [old, now] = [before, after].map((files) => partOf(files, host));
    return old === undefined || now === undefined || !isDeepStrictEqual(old, now);
  });
}

/** What a stack is made of; undefined where the files do not make a lab. */
function partOf({ lab, stacks, problems }: LabFiles, host: string): unknown {
  const config = stacks.find((stack) => stack.host === host);
  if (config === undefined || problems.length > 0) return undefined;
  const { plan, ...own } = planHost(planLab(lab), config);
  return { ...own, hash: plan.hash, routers: routersOf(plan, host) };
}

/** That for people; empty where no other stack changes. */
export function othersText(others: readonly string[]): string {
  return others
    .map(
      (host) =>
        `${host} changes by this too, at its next deploy: Pulumi.yaml is its as well. Then: npm run preview -- --stack ${host}`,
    )
    .join("\n");
}
