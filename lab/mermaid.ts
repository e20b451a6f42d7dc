import { SERVICE_PORT } from "./backup/plan.ts";
import { callReaches } from "./calls.ts";
import type { Call } from "./definition.ts";
import type { LabPlan, PlacedWorkload } from "./model.ts";
import { pageName } from "./names.ts";

/**
 * The lab as a Mermaid flowchart: a box per host, an arrow for each call with its port, for copies of backups, and the doors for people. Every arrow
 * is mutual TLS, except those of people.
 */
export function mermaid(plan: LabPlan): string {
  const hosts = plan.hosts.flatMap((host) => [
    `  subgraph ${host.name}["${host.name} · ${host.config.address}"]`,
    ...host.workloads.map((workload) => `    ${id(workload)}["${workload.name}"]`),
    `    ${exporterId(host.name)}(["node_exporter"])`,
    "  end",
  ]);
  const calls = plan.workloads.flatMap((caller) => caller.calls.flatMap((call) => arrow(caller, call, plan)));
  const copies = plan.hosts.flatMap(({ name, backup }) =>
    backup.places
      .filter(({ onHost }) => onHost)
      .map((place) => `  ${name} -- "${SERVICE_PORT}<br>copies of backups" --> ${id({ host: place.name, name: "nginx" })}`),
  );
  const doors = plan.workloads.filter(({ ports }) => ports.some(({ access }) => access === "people"));
  const people = doors.map((door) => `  people -- "${pagesOf(door, plan).join("<br>")}" --> ${id(door)}`);
  return [
    "flowchart LR",
    ...(people.length > 0 ? ['  people(("people"))'] : []),
    ...hosts,
    ...people,
    ...calls,
    ...copies,
    "",
  ].join("\n");
}

/** A workload's call of itself is no news. */
function arrow(caller: PlacedWorkload, call: Call, plan: LabPlan): readonly string[] {
  if ("service" in call) {
    const port = plan.hosts.find(({ name }) => name === call.host)?.nodeExporter.port;
    return [`  ${id(caller)} -- "${port}" --> ${exporterId(call.host)}`];
  }
  const callee = plan.workloads.find((workload) => callReaches(call, workload));
  if (!callee || callee === caller) return [];
  return [`  ${id(caller)} -- "${callee.ports.find(({ name }) => name === call.port)?.number}" --> ${id(callee)}`];
}

function pagesOf(door: PlacedWorkload, plan: LabPlan): readonly string[] {
  const behind = plan.workloads.filter((workload) => door.calls.some((call) => callReaches(call, workload)));
  return behind.flatMap(({ definition: { page } }) => (page ? [pageName(page.name, plan.config)] : []));
}

function id({ name, host }: Pick<PlacedWorkload, "name" | "host">): string {
  return `${host}_${name}`.replaceAll("-", "_");
}

function exporterId(host: string): string {
  return `${host}_node_exporter`.replaceAll("-", "_");
}
