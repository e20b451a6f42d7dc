import { callersOf } from "./calls.ts";
import type { Placement, Placements, WorkloadDefinition } from "./definition.ts";
import { type ConfigProblem, RESTIC } from "./model.ts";
import { pageName } from "./names.ts";
import { checkBackup } from "./recipe.ts";

/** Names that are already the lab's own, in its domain or among its images. */
const RESERVED = ["backup", "health", "node-exporter", RESTIC];

/**
 * Whether the definitions agree with themselves and each other, wherever they may be placed.
 * @returns problems of `lab/workloads/<name>.ts`
 */
export function checkCatalogue(catalogue: readonly WorkloadDefinition[]): readonly ConfigProblem[] {
  return catalogue.flatMap((definition, index) => {
    const earlier = catalogue.slice(0, index);
    return [...checkUnique(definition, earlier, catalogue), ...checkPortNames(definition), ...checkBackup(definition)];
  });
}

function checkUnique(
  definition: WorkloadDefinition,
  earlier: readonly WorkloadDefinition[],
  catalogue: readonly WorkloadDefinition[],
): ConfigProblem[] {
  const { name, network, page } = definition;
  const problems: ConfigProblem[] = [];
  if (RESERVED.includes(name) || earlier.some((other) => other.name === name)) {
    problems.push(problem(definition, "name", name, "is taken", "Give the workload another name."));
  }
  const neighbour = earlier.find((other) => other.network === network);
  if (neighbour) {
    const remedy = `Give it ${nextNetwork(catalogue)}, the next free one.`;
    problems.push(problem(definition, "network", network, `is ${neighbour.name}'s network already`, remedy));
  }
  if (page && [...catalogue.map((other) => other.name), ...RESERVED].includes(page.name)) {
    const message = "is the name of a workload: the door of the pages could pass for it";
    problems.push(problem(definition, "page.name", page.name, message, "Give the page another name."));
  }
  if (page && earlier.some((other) => other.page?.name === page.name)) {
    problems.push(problem(definition, "page.name", page.name, "is another workload's page", "Give the page another name."));
  }
  return problems;
}

/** Every port that a definition speaks of has to be one of its own, and always there. */
function checkPortNames(definition: WorkloadDefinition): ConfigProblem[] {
  const { health, page, metrics, reload, ports } = definition;
  const named = [
    ["health.port", health.port],
    ["page.port", page?.port],
    ["metrics.port", metrics?.port],
    ["reload.metric.port", reload?.metric?.port],
  ] as const;
  const known = ports.filter(({ onlyIf }) => onlyIf === undefined).map(({ name }) => name);
  return named
    .filter(([, port]) => port !== undefined && !known.includes(port))
    .map(([path, port]) => problem(definition, path, port, "is none of its ports", `It has: ${known.join(", ")}.`));
}

/** Whether all that is called is there, and every page has a door. */
export function checkLinks(lab: Placements): readonly ConfigProblem[] {
  const callers = callersOf(lab);
  const dangling = callers.flatMap(({ placement, calls }) =>
    calls.flatMap((call) => {
      if ("service" in call) return [];
      const callee = lab.all.find(({ name, host }) => name === call.workload && host === call.host);
      if (callee?.definition.ports.some(({ name }) => name === call.port)) return [];
      const value = `${call.workload} on ${call.host}, port ${call.port}`;
      return [problem(placement.definition, "calls", value, "is not there", "Place it in Pulumi.yaml, or do not call it.")];
    }),
  );
  const closed = lab.all.filter((placement) => placement.definition.page && !hasDoor(placement));
  return [...dangling, ...closed.map((placement) => noDoor(placement))];

  function hasDoor(behind: Placement): boolean {
    return callers.some(
      ({ placement, calls }) =>
        placement.host === behind.host &&
        placement.definition.ports.some(({ access }) => access === "people") &&
        calls.some((call) => "workload" in call && call.workload === behind.name && call.host === behind.host),
    );
  }

  function noDoor({ name, host, definition }: Placement): ConfigProblem {
    return {
      file: "Pulumi.yaml",
      path: `homelab:placement.${name}`,
      value: host,
      message: `has a page, https://${pageName(definition.page?.name ?? "", lab.config)}, but no door for people on ${host}`,
      remedy: `Add ${host} to homelab:placement.nginx.`,
    };
  }
}

/** The smallest number of a network that no workload has. */
export function nextNetwork(catalogue: readonly WorkloadDefinition[]): number {
  const taken = new Set(catalogue.map(({ network }) => network));
  return [...taken, 0].map((_, number) => number).find((number) => !taken.has(number)) ?? taken.size;
}

function problem({ name }: WorkloadDefinition, path: string, value: unknown, message: string, remedy: string): ConfigProblem {
  return { file: `lab/workloads/${name}.ts`, path, value, message, remedy };
}
