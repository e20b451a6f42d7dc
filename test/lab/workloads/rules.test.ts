import { expect, it } from "vitest";
import { parse } from "yaml";
import { HEALTH_METRICS } from "../../../lab/node-exporter.ts";
import { planLab } from "../../../lab/plan.ts";
import { workloads } from "../../../lab/workloads/index.ts";
import { workloadRules } from "../../../lab/workloads/prometheus-rules.ts";
import { hostUnits } from "../../../providers/workload/host-program.ts";
import { definition, firstLab } from "../fixtures.ts";

const alert = { alert: "LoopTooLong", expr: "loop_seconds > 1", for: "5m", summary: "Slow on {{ $labels.host }}" };

it("gives Prometheus what a workload says can be wrong with it, as long as it is placed anywhere", () => {
  const catalogue = [...workloads, definition("automation", 10, { alerts: [alert] })];
  const placement = { ...firstLab.placement, automation: ["adama"] };
  const groupsOf = (lab: typeof firstLab) => parse(workloadRules(planLab(lab, catalogue))).groups as { name: string }[];
  const { summary, ...rule } = alert;
  expect(groupsOf({ ...firstLab, placement })).toContainEqual({
    name: "automation",
    rules: [{ ...rule, labels: { workload: "automation" }, annotations: { summary } }],
  });
  expect(groupsOf(firstLab).map(({ name }) => name)).toEqual(["workloads", "alertmanager", "prometheus"]);
});

it("watches the file that the host's health timer writes", () => {
  expect(hostUnits().files["homelab-health.service"]).toContain(` --metrics ${HEALTH_METRICS}\n`);
});
