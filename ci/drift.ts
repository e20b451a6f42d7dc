/**
 * `drift.ts`: compares the lab with the code, all stacks, and keeps one issue of it: opened or rewritten where something differs,
 * closed where nothing does. A renewal that is due is work for renew.yml, not drift. Ends with 1 where a stack could not be asked.
 */
import { command, report } from "../operations/command.ts";
import { previewStack } from "../operations/preview.ts";
import { hereProject } from "../operations/pulumi.ts";
import { stacksInOrder } from "../operations/stacks.ts";
import { changesNothing, onlyRenews, type Summary } from "../operations/summary/model.ts";
import { summaryText } from "../operations/summary/text.ts";
import { forgeOf } from "./event.ts";
import { setIssue } from "./forge.ts";

const MARKER = "<!-- homelab-drift -->";
export const TITLE = "The lab differs from the code";

/** What an issue says of the stacks that differ; undefined where none does. */
export function driftText(summaries: readonly Summary[]): string | undefined {
  // Of a stack that could not be asked nothing is known: that fails the job.
  const differing = summaries.filter(
    (summary) => summary.errors.length === 0 && !changesNothing(summary) && !onlyRenews(summary),
  );
  if (differing.length === 0) return undefined;
  const commands = differing.map(({ stack }) => `\`npm run deploy -- ${stack}\``).join(", ");
  return [
    `Somebody or something changed the lab, or a merge was not deployed. ${commands} puts it right; what is meant to stay belongs into the code.`,
    ...differing.map((summary) => `\`\`\`\`text\n${summaryText(summary).trimEnd()}\n\`\`\`\``),
  ].join("\n\n");
}

async function main(): Promise<number> {
  const project = hereProject();
  const summaries: Summary[] = [];
  for (const stack of stacksInOrder(project.folder)) summaries.push(await previewStack(project, stack, { refresh: true }));
  const text = driftText(summaries);
  if (process.env.GITHUB_ACTIONS !== undefined) await setIssue(forgeOf(process.env), MARKER, TITLE, text);
  report(text ?? "The lab is as the code says.");
  return summaries.some(({ errors }) => errors.length > 0) ? 1 : 0;
}

if (import.meta.main) await command(main);
