import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseConfig } from "../../config/parse.ts";
import type { LabPlan } from "../../lab/model.ts";
import { planLab } from "../../lab/plan.ts";
import { stacksInOrder } from "../../operations/stacks.ts";
import type { PlannedResource } from "../../policy/policy.ts";
import { plannedResource } from "../../policy/reported.ts";
import { configIn, flatConfig, type Run, runProgram, type StackOutputs } from "../components/program.ts";

/** What a stack declares, as a policy sees it, and the plan that it was made from. */
export interface DeclaredStack {
  readonly resources: readonly PlannedResource[];
  readonly plan: LabPlan;
}

/** Runs the program with the configuration of the first lab and, in adama's stack, the home network of test/components. */
export async function declaredStack(stack: string, forwards: Readonly<Record<string, unknown>> = {}): Promise<DeclaredStack> {
  const { network, routers } = parse(readFileSync("test/components/home.yaml", "utf8"));
  const config = {
    ...flatConfig(stack),
    "homelab:network": { ...network, forwards },
    "homelab:routers": routers,
    ...(stack === "adama" ? { "homelab:routerKeys": { apollo: HOST_KEY, gaeta: HOST_KEY } } : {}),
  };
  const applied = stack === "adama" ? {} : { adama: (await declaredOutputs()).outputs };
  return asDeclared(stack, config, await runProgram(stack, applied, config));
}

/** What each stack of a folder's configuration declares. */
export async function declaredLab(folder: string): Promise<readonly DeclaredStack[]> {
  const declared: DeclaredStack[] = [];
  const applied: Record<string, StackOutputs[string]> = {};
  for (const stack of stacksInOrder(folder)) {
    const config = configIn(folder, stack);
    const run = await runProgram(stack, applied, config);
    applied[stack] = run.outputs;
    declared.push(asDeclared(stack, config, run));
  }
  return declared;
}

function asDeclared(stack: string, config: Readonly<Record<string, unknown>>, { resources }: Run): DeclaredStack {
  const raw = Object.entries(config).map(([key, value]) => [key.replace(/^homelab:/, ""), value]);
  return {
    resources: resources.map(({ type, name, inputs }) => plannedResource({ type, name, props: inputs })),
    plan: planLab(parseConfig(Object.fromEntries(raw), stack).lab),
  };
}

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMAISQbfI9kbSUwUrm/PF1PZv06TabHIbpoLfmNU9uZ8";

function declaredOutputs() {
  return runProgram("adama", {}, flatConfig("adama"));
}

/** The same resources, with those of a name (and type, if given) changed. */
export function changed(
  { resources, plan }: DeclaredStack,
  name: string,
  change: (inputs: Record<string, unknown>) => Record<string, unknown>,
  type = "pulumi-nodejs:dynamic/homelab:Workload",
): DeclaredStack {
  const found = resources.filter((resource) => resource.name === name && resource.type === type);
  if (found.length === 0) throw new Error(`There is no ${type} ${name}`);
  const others = resources.filter((resource) => !found.includes(resource));
  return { plan, resources: [...others, ...found.map((one) => ({ ...one, inputs: change({ ...one.inputs }) }))] };
}

/** A change of the text of a workload's container; throws if it changes nothing. */
export function inUnit(
  name: string,
  from: string | RegExp,
  to: string,
): (inputs: Record<string, unknown>) => Record<string, unknown> {
  return (inputs) => {
    const units = inputs.units as Record<string, string>;
    const before = units[`${name}.container`] ?? "";
    const after = before.replace(from, to);
    if (after === before) throw new Error(`The unit of ${name} has no ${from}`);
    return { ...inputs, units: { ...units, [`${name}.container`]: after } };
  };
}

/** The plan, in which the file of a workload says something else. */
export function withDefinition(stack: DeclaredStack, name: string, changes: object): DeclaredStack {
  const placed = (workload: LabPlan["workloads"][number]) =>
    workload.name === name ? { ...workload, ...changes, definition: { ...workload.definition, ...changes } } : workload;
  const { plan } = stack;
  const hosts = plan.hosts.map((host) => ({ ...host, workloads: host.workloads.map(placed) }));
  return { ...stack, plan: { ...plan, hosts, workloads: plan.workloads.map(placed) } };
}
