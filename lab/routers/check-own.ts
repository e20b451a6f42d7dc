import type { ConfigProblem, LabPlan } from "../model.ts";
import type { OwnConfig, RoutersConfig } from "./model.ts";
import { withoutNothing } from "./own.ts";
import type { Part } from "./part.ts";
import { type PlannedRouter, planRouters } from "./plan.ts";
import { problem } from "./problem.ts";
import { danglingReferences } from "./references.ts";

/** Whether what devices have of their own fits to what the plan makes for them. */
export function checkOwn(plan: LabPlan, config: RoutersConfig): ConfigProblem[] {
  if (!Object.values(config.routers).some(({ own }) => own)) return [];
  return planRouters(plan, config).routers.flatMap((router) => {
    const { own } = router.config;
    return own ? checkRouter(router, own) : [];
  });
}

function checkRouter({ name, planned, part }: PlannedRouter, own: OwnConfig): ConfigProblem[] {
  const path = `routers.${name}.own`;
  return [
    ...withoutNothing(planned, own).map((one) => {
      const message = "is nothing that the plan makes for it";
      return problem(`${path}.without`, one, message, "Correct the name or remove it: npm run plan shows what there is.");
    }),
    ...Object.entries(own.order).flatMap(([packageName, sections]) =>
      sections
        .filter((section) => !(`${packageName}.${section}` in part.sections))
        .map((section) => problem(`${path}.order.${packageName}`, section, "is no section of it", "Remove it from the list.")),
    ),
    ...danglingReferences(part)
      .filter((place) => !danglingReferences(planned).includes(place))
      .map((place) => problem(`${path}.sections`, place, "names what is not there", remedy(part))),
  ];
}

function remedy({ sections }: Part): string {
  const interfaces = Object.entries(sections).flatMap(([key, { type }]) => (type === "interface" ? [key] : []));
  return `Correct it, or declare what it names. Interfaces are: ${interfaces.join(", ")}.`;
}
