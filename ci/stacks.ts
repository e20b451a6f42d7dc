/** `stacks.ts`: the names of the stacks in the order in which they are applied, as a JSON list: what a workflow's matrix is made of. */
import { command, report } from "../operations/command.ts";
import { stacksInOrder } from "../operations/stacks.ts";

if (import.meta.main) await command(async () => report(JSON.stringify(stacksInOrder(process.cwd()))));
