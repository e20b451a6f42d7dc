import { readHosts } from "../config/files.ts";
import { planLab } from "../lab/plan.ts";
import { type Project, runPulumi } from "./pulumi.ts";
import { stacksInOrder } from "./stacks.ts";

/**
 * What has to be said of the stacks that a command leaves out: which were last applied from another plan, a line each. The program
 * itself can only warn of the primary one, whose outputs it reads. Of a stack that was never applied there is nothing to say.
 *
 * @param stacks those that the command is about; what becomes of them it shows
 */
export async function planWarnings(project: Project, stacks: readonly string[]): Promise<readonly string[]> {
  const { hash } = planLab(readHosts(project.folder));
  const others = stacksInOrder(project.folder).filter((stack) => !stacks.includes(stack));
  const applied = await Promise.all(others.map((stack) => appliedHash(project, stack)));
  return others.flatMap((stack, index) =>
    [hash, undefined].includes(applied[index])
      ? []
      : [
          `"${stack}" was last applied from another plan than this one: hosts, placement or names differ. Run: npm run deploy -- ${stack}`,
        ],
  );
}

async function appliedHash(project: Project, stack: string): Promise<string | undefined> {
  const { status, stdout } = await runPulumi(project, ["stack", "output", "planHash", "--stack", stack]);
  return status === 0 ? stdout.trim() : undefined;
}
