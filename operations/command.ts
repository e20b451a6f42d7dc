/** What every command of a person has: it prints, asks, and ends with a status. */
import { createInterface } from "node:readline/promises";

/** Runs a command's `main` and ends with its status; what it throws is for people: the message, not where in our code it came from. */
export async function command(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    if (process.env.HOMELAB_DEBUG !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  }
}

/** What an error says to people, without where in our code it came from. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Prints; the status 0, so that a command can end with it. */
export function report(text: string): 0 {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}

/**
 * Asks, and takes nothing but `yes`.
 * @throws Error where nobody can answer
 */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error("Nobody is there to be asked. Look at it first, then run it with --yes.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${question} Only \`yes\` does it: `)).trim() === "yes";
  } finally {
    terminal.close();
  }
}
