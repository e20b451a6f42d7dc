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
import { command, report } from "./command.ts";

const USAGE = `npm run plan                  the lab that the configuration makes, without Pulumi and without a host
npm run plan -- --mermaid     only the diagram
npm run plan -- --access      only who may talk to whom, as docs/network.md has it
Ends with 1 if something is wrong with the configuration.`;

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

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      mermaid: { type: "boolean", default: false },
      access: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return report(USAGE);
  const { text, status } = planReport(process.cwd(), values.mermaid ? "mermaid" : values.access ? "access" : undefined);
  if (status !== 0) throw new Error(text);
  return report(text);
}

if (import.meta.main) await command(main);
