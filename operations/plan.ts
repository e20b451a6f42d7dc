import { parseArgs } from "node:util";
import { readLab } from "../config/files.ts";
import { problemText } from "../config/problems.ts";
import { nextNetwork } from "../lab/check-catalogue.ts";
import { mermaid } from "../lab/mermaid.ts";
import { overview } from "../lab/overview.ts";
import { planLab } from "../lab/plan.ts";
import { accessTable } from "../lab/routers/access-table.ts";
import { markdownTable } from "../lab/text-table.ts";
import { workloads } from "../lab/workloads/index.ts";

/*
 * `npm run plan`: the lab that the configuration of this folder makes, without Pulumi and without a host.
 * `npm run plan -- --mermaid`: only the diagram. `npm run plan -- --access`: only who may talk to whom, for docs/network.md.
 */

/** What is printed, and the status to end with. */
export interface PlanReport {
  readonly text: string;
  readonly status: 0 | 1;
}

/**
 * The lab of a folder as a person reads it, or what is wrong with its configuration. What is only not filled in yet (digests,
 * host keys) is a warning here.
 * @param only the Mermaid diagram alone, or the table of who may talk to whom, to put into a document
 */
export function planReport(folder: string, only?: "mermaid" | "access"): PlanReport {
  const { lab, stacks, problems } = readLab(folder);
  const errors = problems.filter(({ unfilled }) => !unfilled);
  if (errors.length > 0) return { text: problemText(errors), status: 1 };
  const plan = planLab(lab);
  const diagram = mermaid(plan);
  if (only === "mermaid") return { text: diagram, status: 0 };
  if (only === "access") return { text: lab.home ? markdownTable(accessTable(plan, lab.home)) : "", status: 0 };
  const unfilled = problems.map(({ file, path, message }) => `  ${file}: ${path} ${message}`);
  const warnings =
    unfilled.length === 0 ? [] : [`Not filled in yet, so that \`pulumi preview\` refuses it:\n${unfilled.join("\n")}`];
  const next = `The next free network for a new workload is number ${nextNetwork(workloads)}.`;
  return { text: [overview(plan, stacks), next, diagram.trimEnd(), ...warnings].join("\n\n"), status: 0 };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { mermaid: { type: "boolean" }, access: { type: "boolean" } } });
  try {
    const { text, status } = planReport(process.cwd(), values.mermaid ? "mermaid" : values.access ? "access" : undefined);
    (status === 0 ? process.stdout : process.stderr).write(`${text.trimEnd()}\n`);
    process.exitCode = status;
  } catch (error) {
    // Broken YAML, a missing file: a person needs the message, not where in our code it came from.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
