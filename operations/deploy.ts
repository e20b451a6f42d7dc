import { parseArgs } from "node:util";
import { saysUnreachable } from "../providers/ssh-advice.ts";
import { command, confirmed, messageOf, report } from "./command.ts";
import { holdsOn } from "./holds.ts";
import { planWarnings } from "./plan-hashes.ts";
import { policyPack } from "./policies.ts";
import { type Preview, previewStack, REFRESH } from "./preview.ts";
import { hereProject, type Project, runEngine } from "./pulumi.ts";
import { stacksInOrder } from "./stacks.ts";
import { copyState, copyWarnings } from "./state-copy.ts";
import { changesNothing, isEmpty, isRefused, onlyRenews, type Summary } from "./summary/model.ts";
import { progressLine, type Result, resultOf, resultText } from "./summary/result.ts";
import { summaryText } from "./summary/text.ts";

const USAGE = `npm run deploy                   all stacks, in order: what would happen, a question, then it happens
npm run deploy -- starbuck       one stack
  --yes          without the question, for those who have looked at the preview
  --no-refresh   without asking the devices what they have: one that is off does not hold up the others
  --renew        only renewals of certificates, without a question; where there is more to do, nothing is done
Ends with 0 if everything is as declared, with 1 if not.`;

/** How a deploy goes on after a preview. */
export interface DeployOptions {
  /** Asked before anything is changed. */
  readonly agrees: (stack: string) => Promise<boolean>;
  /** Go on only where there is nothing but renewals of certificates. */
  readonly renew?: boolean;
  /** Ask the devices first what they have; left out, they are asked. */
  readonly refresh?: boolean;
  /** Further arguments of Pulumi, for preview and update. */
  readonly args?: readonly string[];
}

/**
 * What became of one stack. `declined`: it is not what is declared, since somebody said no, or a renewal waits behind something else.
 * `left`: a renewal found other things to do, which are not its business, and no certificate that is due. `refused`: by the preview.
 * `some failed`: workloads alone, or devices that a renewal could not ask; the next stack is not kept from its turn.
 */
type StackOutcome = "unchanged" | "done" | "declined" | "left" | "refused" | "failed" | "some failed";

/**
 * Brings stacks to what is declared, one after the other: those after the first read what it makes. A workload that fails keeps
 * no other from being changed, on its own host or another; anything else that fails ends it.
 * @returns whether all is as declared
 */
export async function deploy(project: Project, stacks: readonly string[], options: DeployOptions): Promise<boolean> {
  const outcomes: StackOutcome[] = [];
  const others = await planWarnings(project, stacks);
  for (const stack of stacks) {
    const outcome = await deployStack(project, stack, options, others);
    outcomes.push(outcome);
    if (outcome === "refused" || outcome === "failed") {
      const left = stacks.slice(stacks.indexOf(stack) + 1);
      if (left.length > 0) report(`\nNot begun, because they read what ${stack} makes: ${left.join(", ")}.`);
      break;
    }
  }
  // Files that were refused take no place of those in a good copy.
  if (outcomes.some((outcome) => !["declined", "left", "refused"].includes(outcome))) await leaveCopy(project, stacks);
  return outcomes.every((outcome) => outcome === "unchanged" || outcome === "done" || outcome === "left");
}

/** A copy that could not be made does not make the deploy a failure: it is said here, and by each preview until there is one. */
async function leaveCopy(project: Project, stacks: readonly string[]): Promise<void> {
  const due = await Promise.all(stacks.map((stack) => copyWarnings(project, stack)));
  if (due.flat().length === 0) return;
  const problems = await copyState(project).catch((error: unknown) => [messageOf(error)]);
  if (problems.length === 0) report("\nAn encrypted copy of Pulumi's state is on each host.");
  else report(`\nNo copy of Pulumi's state could be left on each host:\n${problems.map((line) => `  ${line}`).join("\n")}`);
}

async function deployStack(
  project: Project,
  stack: string,
  options: DeployOptions,
  others: readonly string[],
): Promise<StackOutcome> {
  const { refresh = true, args } = options;
  const holds = holdsOn(project.folder, stack);
  const previewed = await previewStack(project, stack, { refresh, holds, ...(args && { args }) });
  const summary = { ...previewed, warnings: [...previewed.warnings, ...others] };
  report(`\n${summaryText(summary)}\n`);
  if (options.renew && summary.refreshed && summary.errors.some(saysUnreachable)) {
    return await renewUnasked(project, stack, options, others);
  }
  if (isRefused(summary)) return "refused";
  if (options.renew ? changesNothing(summary) : isEmpty(summary)) return "unchanged";
  if (options.renew) return await renewStack(project, summary, options);
  if (!(await options.agrees(stack))) {
    report("Nothing was changed.");
    return "declined";
  }
  return await apply(project, summary, options);
}

/** A device that is off must not keep the others from their certificates. That not all could be asked is no success, though. */
async function renewUnasked(
  project: Project,
  stack: string,
  options: DeployOptions,
  others: readonly string[],
): Promise<StackOutcome> {
  report(`${stack}: once more without asking the devices, for the certificates of those that answer.`);
  const outcome = await deployStack(project, stack, { ...options, refresh: false }, others);
  return outcome === "refused" ? outcome : "some failed";
}

async function renewStack(project: Project, summary: Preview, options: DeployOptions): Promise<StackOutcome> {
  if (onlyRenews(summary)) return await apply(project, summary, options);
  const due = summary.certificates.some(({ kind }) => kind === "renewed");
  report(
    `${summary.stack}: there is more to do than to renew certificates, so nothing was changed. npm run deploy -- ${summary.stack}`,
  );
  // A renewal that waits behind something else is what somebody has to hear of.
  return due ? "declined" : "left";
}

async function apply(project: Project, summary: Preview, options: DeployOptions): Promise<StackOutcome> {
  const result = await updateStack(project, summary, [...(summary.refreshed ? REFRESH : []), ...(options.args ?? [])]);
  if (result.errors.length === 0) return "done";
  return result.onlyWorkloadsFailed ? "some failed" : "failed";
}

/** Makes the update that a preview announced, and says meanwhile and in the end what comes of it. */
export async function updateStack(project: Project, summary: Summary, args: readonly string[]): Promise<Result> {
  const up = ["up", "--yes", "--skip-preview", "--stack", summary.stack, ...policyPack(project), ...args];
  const run = await runEngine(project, up, (event) => {
    const line = progressLine(event);
    if (line !== "") process.stdout.write(`${line}\n`);
  });
  const result = resultOf(summary, run);
  report(`\n${resultText(summary.stack, result)}`);
  return result;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      yes: { type: "boolean", default: false },
      renew: { type: "boolean", default: false },
      "no-refresh": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return report(USAGE);
  const [only, more] = positionals;
  if (more !== undefined) throw new Error(`One stack, or none for all of them.\n\n${USAGE}`);
  const project = hereProject();
  const agrees = values.yes ? async () => true : (stack: string) => confirmed(`Shall this happen to ${stack}?`);
  const options = { agrees, renew: values.renew, refresh: !values["no-refresh"] };
  return (await deploy(project, stacksInOrder(project.folder, only), options)) ? 0 : 1;
}

if (import.meta.main) await command(main);
