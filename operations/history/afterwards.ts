import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FILE, stackFile } from "../../config/problems.ts";
import { quote, type SshTarget } from "../../providers/ssh.ts";
import { messageOf } from "../command.ts";
import { onHost } from "../hosts.ts";
import type { Result } from "../summary/result.ts";
import type { DataReturn } from "./data.ts";
import type { ProjectFiles, VersionOptions } from "./settings.ts";

/*
 * What is left to do when a stack went back, or a part of it: what did go back is held and written down whatever else failed, or
 * the next deploy would bring the newer version again.
 */

/**
 * Which settings hold when a part failed: those of the workloads that went back, and of the routers if none of them failed.
 * @param only the one workload that was asked for
 */
export function settledSettings({ rows }: Result, only?: string): VersionOptions & { readonly workloads: readonly string[] } {
  const done = rows.filter(({ kind, result }) => kind === "workload" && result === "done").map(({ name }) => name);
  const routers = rows.filter(({ kind }) => kind === "router");
  return {
    workloads: done.filter((name) => only === undefined || name === only),
    home: only === undefined && routers.length > 0 && routers.every(({ result }) => result === "done"),
  };
}

/** What did not go back when a part failed, and how to go on. Of one workload, what else failed is no part of it. */
export function leftText(stack: string, number: number, { rows }: Result, only?: string): string {
  const left = rows.filter(({ name, result }) => result !== "done" && (only === undefined || name === only));
  if (left.length === 0 && only !== undefined) return `${only} went back. The rest: npm run deploy -- ${stack}`;
  const names = left.map(({ name, result }) => `${name} (${result})`);
  const what = left.length === 0 ? `Not all of ${stack} went back.` : `Not gone back: ${names.join(", ")}.`;
  const again = `npm run rollback -- ${stack} --to ${number}${only ? ` --only ${only}` : ""}`;
  return `${what} What failed serves in its version of before.\nWhen that is mended: ${again}`;
}

/**
 * Holds what was gone back from, or the next `deploy` from another checkout would bring it again.
 * @returns what could not be held, and what to do: the others are held all the same
 */
export async function hold(target: SshTarget, number: number, returns: readonly DataReturn[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { workload, from } of returns) {
    if (from === undefined) continue;
    const why = `${from.version} was rolled back to version ${number} of the stack.`;
    const verb = ["hold", workload, from.image, from.version, why];
    await onHost(target, verb).catch((error: unknown) => {
      problems.push(
        `${workload} ${from.version} is not held: a deploy from another checkout would bring it again. ${messageOf(error)}\n  On ${target.name}: homelab ${verb.map(quote).join(" ")}`,
      );
    });
  }
  return problems;
}

/**
 * Writes what is declared now.
 * @param what what went back, for the message of the commit
 * @returns the words to commit it with; empty if nothing changed
 */
export function write(folder: string, stack: string, before: ProjectFiles, files: ProjectFiles, what: string): string {
  const changed = [
    { file: PROJECT_FILE, before: before.project, text: files.project },
    { file: stackFile(stack), before: before.stack, text: files.stack },
  ].filter((one) => one.before !== one.text);
  if (changed.length === 0) return "";
  for (const { file, text } of changed) writeFileSync(join(folder, file), text);
  const names = changed.map(({ file }) => file).join(" ");
  return `Written: ${names}. Commit it, or the next deploy brings the newer version again:\n  git commit -m "${what}" ${names}`;
}
