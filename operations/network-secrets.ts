import { mapOf } from "./maps.ts";
import { type Project, PulumiFailed, pulumiOutput, runPulumi } from "./pulumi.ts";

/** The secrets of the home network, in the primary stack: Pulumi alone can read and write them. */

/** All by name: those that were given, and those that the lab made. */
export async function networkSecrets(project: Project, stack: string): Promise<Readonly<Record<string, string>>> {
  const ask = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
    mapOf(JSON.parse(await pulumiOutput(project, [...args, "--stack", stack, "--json", "--show-secrets"])));
  const { network } = await ask("stack", "output");
  const given = Object.entries(await ask("config")).flatMap(([key, entry]): [string, unknown][] =>
    key.startsWith("secret:") ? [[key.slice("secret:".length), mapOf(entry).value]] : [],
  );
  const all = [...Object.entries(mapOf(network)), ...given];
  return Object.fromEntries(all.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** Gives a secret: encrypted, into the stack's file. */
export async function giveSecret(project: Project, stack: string, name: string, value: string): Promise<void> {
  // Not among the arguments, which everybody on this machine could read: without one, Pulumi takes it from stdin.
  const { status, stderr } = await runPulumi(project, ["config", "set", "--secret", `secret:${name}`, "--stack", stack], value);
  if (status !== 0) throw new PulumiFailed(`secret:${name} could not be written into the file of ${stack}:\n${stderr.trim()}`);
}

/** Takes a given secret out of the stack's file. */
export async function dropSecret(project: Project, stack: string, name: string): Promise<void> {
  await pulumiOutput(project, ["config", "rm", `secret:${name}`, "--stack", stack]);
}
