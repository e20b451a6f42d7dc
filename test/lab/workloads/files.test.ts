import { describe, expect, it } from "vitest";
import { nodeExporterUnit, nodeExporterWebConfig } from "../../../lab/node-exporter.ts";
import { planHost, planLab } from "../../../lab/plan.ts";
import { yamlText } from "../../../lab/yaml.ts";
import { firstLab, stackOf } from "../fixtures.ts";

/*
 * What lies on the hosts of the first lab, to the letter: a change of it shows in the review of the change that makes it.
 * `npm test -- test/lab -u` writes it anew. Other tests put it through the real programs.
 */

const plan = planLab(firstLab);

describe.each(plan.hosts.map((host) => ({ host, name: host.name })))("$name", ({ host }) => {
  const { workloads } = planHost(plan, stackOf(host.name));

  it.each(workloads.map((workload) => ({ workload, name: workload.placed.name })))("$name", async ({ workload, name }) => {
    const folder = `./generated/${host.name}/${name}`;
    for (const { path, text } of workload.files) await expect(text).toMatchFileSnapshot(`${folder}/${path}`);
    const { placed, healthCommand, reloadMetricCommand, environment } = workload;
    const command = [placed.definition.entrypoint, ...workload.arguments];
    const commands = { command, environment, healthCommand, reloadMetricCommand, validate: placed.definition.validate };
    await expect(yamlText(commands, "What runs, and what is asked.")).toMatchFileSnapshot(`${folder}.commands.yml`);
  });

  it("node_exporter", async () => {
    const folder = `./generated/${host.name}/node-exporter`;
    await expect(nodeExporterWebConfig(host.nodeExporter)).toMatchFileSnapshot(`${folder}/web.yml`);
    await expect(nodeExporterUnit(host)).toMatchFileSnapshot(`${folder}/homelab.conf`);
  });
});
