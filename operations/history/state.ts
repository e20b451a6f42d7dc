import { WORKLOAD } from "../../providers/resource-types.ts";
import { type Properties, partsOf } from "../engine-events.ts";
import { mapOf } from "../maps.ts";
import { type Project, pulumiOutput } from "../pulumi.ts";
import { parseHistory, type Version } from "./versions.ts";

/** A workload as the last `up` left it. */
export interface Running {
  readonly name: string;
  /** `repository@digest`. */
  readonly image: string;
  /** The image's tag, for people. */
  readonly version: string;
  /** Directories whose data is backed up; empty for one without. */
  readonly data: readonly string[];
}

/** All versions of a stack, oldest first. Secrets stay where they are: nothing here asks for one. */
export async function historyOf(project: Project, stack: string): Promise<readonly Version[]> {
  return parseHistory(await pulumiOutput(project, ["stack", "history", "--json", "--page-size", "0", "--stack", stack]));
}

/** The workloads of a stack by its state, of any backend. */
export async function runningOf(project: Project, stack: string): Promise<readonly Running[]> {
  return parseRunning(await pulumiOutput(project, ["stack", "export", "--stack", stack]));
}

/** @param json what `pulumi stack export` printed */
export function parseResources(json: string): readonly StateResource[] {
  const { deployment } = JSON.parse(json) as { readonly deployment?: { readonly resources?: readonly StateResource[] } };
  return deployment?.resources ?? [];
}

/** @param json what `pulumi stack export` printed */
export function parseRunning(json: string): readonly Running[] {
  return parseResources(json).flatMap(({ urn, inputs = {}, delete: pending }) => {
    const { type, name } = partsOf(urn);
    if (type !== WORKLOAD || pending) return [];
    const paths = mapOf(inputs.backup).paths;
    return [
      {
        name,
        image: String(inputs.image ?? ""),
        version: String(inputs.version ?? ""),
        data: Array.isArray(paths) ? paths.map(String) : [],
      },
    ];
  });
}

/** A resource as the state has it. */
interface StateResource {
  readonly urn: string;
  readonly inputs?: Properties;
  readonly delete?: boolean;
}
