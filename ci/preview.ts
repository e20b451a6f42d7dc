/**
 * `preview.ts <stack>`: the preview of a stack as the one comment of that stack on the pull request; without one, on this terminal.
 * Ends with 1 where a merge could not be applied. On a runner inside the lab (HOMELAB_RUNNER) it asks the hosts too.
 */
import { command, messageOf, report } from "../operations/command.ts";
import { type PreviewOptions, previewStack } from "../operations/preview.ts";
import { hereProject, type Project } from "../operations/pulumi.ts";
import { stacksInOrder } from "../operations/stacks.ts";
import { summaryMarkdown } from "../operations/summary/markdown.ts";
import { isRefused } from "../operations/summary/model.ts";
import { unreachableBackend } from "./backend.ts";
import { forgeOf, pullRequestOf } from "./event.ts";
import { setComment } from "./forge.ts";
import { goingBackOf, goingBackText } from "./going-back.ts";

/** The comment on a stack's preview is found again by this. */
function markerOf(stack: string): string {
  return `<!-- homelab-preview ${stack} -->`;
}

/** What a pull request is told of a stack. */
interface Comment {
  readonly text: string;
  /** Whether a merge could not be applied. */
  readonly refused: boolean;
}

/** The comment on a stack. That there is no preview is said in its place: what it said of the push before would go on to be read. */
export async function pullRequestComment(
  project: Project,
  stack: string,
  refresh: NonNullable<PreviewOptions["refresh"]>,
): Promise<Comment> {
  try {
    stacksInOrder(project.folder, stack);
    return await previewComment(project, stack, refresh);
  } catch (error) {
    return noPreview(stack, `\`\`\`\`text\n${messageOf(error).trim()}\n\`\`\`\``);
  }
}

async function previewComment(
  project: Project,
  stack: string,
  refresh: NonNullable<PreviewOptions["refresh"]>,
): Promise<Comment> {
  const summary = await previewStack(project, stack, { refresh });
  const marker = markerOf(stack);
  const text = summaryMarkdown(summary, marker);
  // Where the backend does not answer there is no history either; and what cannot be applied takes nothing back.
  const back = summary.errors.length > 0 ? "" : goingBackText(stack, await goingBackOf(project, stack));
  return { text: back === "" ? text : text.replace(marker, `${marker}\n\n${back}`), refused: isRefused(summary) };
}

function noPreview(stack: string, why: string): Comment {
  return { text: `${markerOf(stack)}\n\n### ${stack}: no preview\n\n${why}\n`, refused: true };
}

async function main(): Promise<number> {
  const [stack] = process.argv.slice(2);
  if (stack === undefined) throw new Error("Give a stack: preview.ts <stack>");
  const { env } = process;
  const project = hereProject();
  const runner = env.HOMELAB_RUNNER ?? "";
  const isJob = env.GITHUB_EVENT_PATH !== undefined;
  const unreachable = isJob ? unreachableBackend(env.PULUMI_BACKEND_URL ?? "", runner) : undefined;
  const { text, refused } = unreachable
    ? noPreview(stack, unreachable)
    : await pullRequestComment(project, stack, runner === "" ? false : "hosts");
  if (isJob) await setComment(forgeOf(env), pullRequestOf(env).number, markerOf(stack), text);
  report(text);
  return refused ? 1 : 0;
}

if (import.meta.main) await command(main);
