/**
 * `drift.ts`: compares the lab with the code, all stacks, and keeps one issue of it: opened or rewritten where something differs,
 * closed where nothing does. A renewal that is due is work for renew.yml, not drift. The routers are left out: the key of the job
 * does not open them. Ends with 1 where a stack could not be asked, for another reason than that it is being updated.
 */
import { command, report } from "../operations/command.ts";
import { previewStack } from "../operations/preview.ts";
import { hereProject, type Project } from "../operations/pulumi.ts";
import { stacksInOrder } from "../operations/stacks.ts";
import { changesNothing, onlyRenews, type Summary } from "../operations/summary/model.ts";
import { summaryText } from "../operations/summary/text.ts";
import { forgeOf } from "./event.ts";
import { setIssue } from "./forge.ts";

const MARKER = "<!-- homelab-drift -->";
const TITLE = "The lab differs from the code";

/** Another update has the stack: in the words of a folder or an object store, and of Pulumi Cloud. */
const LOCKED = /the stack is currently locked by|another update is currently in progress/i;

/** What an issue says of the stacks that differ; undefined where none does. */
export function driftText(summaries: readonly Summary[]): string | undefined {
  const differing = summaries.filter(differs);
  if (differing.length === 0) return undefined;
  const commands = differing.map(({ stack }) => `\`npm run deploy -- ${stack}\``).join(", ");
  return [
    `Somebody or something changed the lab, or a merge was not deployed. ${commands} puts it right; what is meant to stay belongs into the code.`,
    ...differing.map((summary) => `\`\`\`\`text\n${summaryText(summary).trimEnd()}\n\`\`\`\``),
  ].join("\n\n");
}

/** Of a stack that could not be asked nothing is known. */
function differs(summary: Summary): boolean {
  return summary.errors.length === 0 && !changesNothing(summary) && !onlyRenews(summary);
}

function isLocked({ errors }: Summary): boolean {
  return errors.some((error) => LOCKED.test(error));
}

/** What was not compared, and why, and what is no drift, one line each. */
function besides(summaries: readonly Summary[]): readonly string[] {
  return summaries.flatMap((summary) => {
    const { stack, errors, images, warnings } = summary;
    if (isLocked(summary)) return [`${stack} was not compared, it is being updated: ${errors.join("\n")}`];
    if (errors.length > 0) return [`${stack} could not be compared: ${errors.join("\n")}`];
    return differs(summary) ? [] : [...images, ...warnings].map((line) => `${stack}: ${line}`);
  });
}

/** Compares all stacks and writes the issue, where this is a job; the status to end with. */
export async function compareLab(project: Project): Promise<number> {
  const summaries: Summary[] = [];
  for (const stack of stacksInOrder(project.folder)) {
    summaries.push(await previewStack(project, stack, { refresh: "hosts" }));
  }
  const found = driftText(summaries);
  const unknown = summaries.filter(({ errors }) => errors.length > 0);
  const asCode = `${unknown.length === 0 ? "The lab" : "What could be compared"} is as the code says.`;
  const text = [found ?? asCode, ...besides(summaries)].join("\n\n");
  // What was found yesterday on a stack that cannot be asked today is not put right by that.
  const known = found !== undefined || unknown.length === 0;
  if (project.env.GITHUB_ACTIONS !== undefined && known) {
    await setIssue(forgeOf(project.env), MARKER, TITLE, found === undefined ? undefined : text);
  }
  report(text);
  return unknown.every(isLocked) ? 0 : 1;
}

if (import.meta.main) await command(() => compareLab(hereProject()));
