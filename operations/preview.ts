import { parseArgs } from "node:util";
import { UNREAD } from "../providers/uci/inputs.ts";
import { command, report } from "./command.ts";
import { type HostHolds, holdsOn, reachesHosts } from "./holds.ts";
import { movedDevices, movedText } from "./moved.ts";
import { planWarnings } from "./plan-hashes.ts";
import { findingsOf, policyPack } from "./policies.ts";
import { hereProject, type Project, runEngine } from "./pulumi.ts";
import { stacksInOrder } from "./stacks.ts";
import { copyWarnings } from "./state-copy.ts";
import { summaryMarkdown } from "./summary/markdown.ts";
import { isEmpty, isRefused, type Summary } from "./summary/model.ts";
import { hasRouters, summaryOf } from "./summary/read.ts";
import { summaryText } from "./summary/text.ts";

const USAGE = `npm run preview                        what an up of each stack would do, in a person's words
npm run preview -- --stack starbuck    of one stack
  --refresh       ask the devices first, so that drift shows; without it, each host is asked only for what it holds
  --markdown      as a comment on a pull request shows it
  --json          as data, one object per stack: npm run -s preview -- --json, or npm's own lines stand before it
Ends with 0 if it can be applied, with 1 if a preview failed or a policy refuses it.`;

/** What a preview says that asked the hosts alone. */
const ROUTERS_UNREAD =
  "The routers were not asked, since this ssh key does not open them: they are taken as the last up left them.";

/** With what the program says today: a provider's settings in state may be those of a year ago. */
export const REFRESH: readonly string[] = ["--refresh", "--run-program"];

/** What a preview is asked for besides the stack. */
export interface PreviewOptions {
  /**
   * Ask the devices what they have; `hosts`: not the routers, which the key at hand does not open. None is asked where one of them
   * cannot be: {@link movedDevices}.
   */
  readonly refresh?: boolean | "hosts";
  /** What the host holds, or why it could not say. Left out, the state is asked, which lacks workloads that never came up. */
  readonly holds?: Promise<HostHolds | string>;
  /** Further arguments for Pulumi. */
  readonly args?: readonly string[];
}

/** A summary, and how it came about. */
export interface Preview extends Summary {
  /** Whether the devices were asked what they have. */
  readonly refreshed: boolean;
}

/**
 * What an `up` of a stack would do. A preview that fails is a summary with errors.
 * @throws Error when it is interrupted: who pressed Ctrl-C wants no preview of the next stack either
 */
export async function previewStack(project: Project, stack: string, options: PreviewOptions = {}): Promise<Preview> {
  const moved = options.refresh ? await movedDevices(project, stack, options.refresh !== "hosts") : [];
  const refreshed = Boolean(options.refresh) && moved.length === 0;
  const env = options.refresh === "hosts" ? { ...project.env, [UNREAD]: "yes" } : project.env;
  const preview = ["preview", "--stack", stack, ...policyPack(project), ...(refreshed ? REFRESH : []), ...(options.args ?? [])];
  const run = await runEngine({ ...project, env }, preview);
  if (run.interrupted) throw new Error(`\nThe preview of ${stack} was interrupted. Nothing of ${stack} was changed.`);
  const holds = await options.holds;
  const findings = findingsOf(project, run.events);
  const summary = summaryOf(stack, run, { ...(findings && { findings }), ...(typeof holds === "object" && { holds }) });
  const unrefreshed = moved.length > 0 ? [movedText(moved)] : [];
  const unread = refreshed && options.refresh === "hosts" && hasRouters(run.events) ? [ROUTERS_UNREAD] : [];
  const unasked = typeof holds === "string" ? [holds] : [];
  return { ...summary, refreshed, warnings: [...summary.warnings, ...unrefreshed, ...unread, ...unasked] };
}

function rendered(summary: Preview, { json, markdown }: { readonly json: boolean; readonly markdown: boolean }): string {
  if (json) return JSON.stringify({ ...summary, nothing: isEmpty(summary) });
  return markdown ? summaryMarkdown(summary) : `${summaryText(summary)}\n`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      refresh: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return report(USAGE);
  const project = hereProject();
  let refused = false;
  const asks = reachesHosts(project.env);
  const stacks = stacksInOrder(project.folder, values.stack);
  const others = await planWarnings(project, stacks);
  for (const stack of stacks) {
    // Meanwhile: it takes no longer than the preview.
    const holds = asks ? { holds: holdsOn(project.folder, stack) } : {};
    const previewed = await previewStack(project, stack, { refresh: values.refresh, ...holds });
    const summary = { ...previewed, warnings: [...previewed.warnings, ...others, ...(await copyWarnings(project, stack))] };
    refused ||= isRefused(summary);
    report(rendered(summary, values));
  }
  return refused ? 1 : 0;
}

if (import.meta.main) await command(main);
