/**
 * Which environment the preview of a pull request runs in, by what it touches. Runs from the branch that it is to be merged into,
 * checked out, so that a pull request cannot decide for itself. Prints what a later job reads: `environment=…`, `stacks=[…]`.
 */
import { execFileSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { command, report } from "../operations/command.ts";
import { stacksInOrder } from "../operations/stacks.ts";
import { pullRequestOf } from "./event.ts";

/** A changed file; a text is undefined where it is not there. */
export interface ChangedFile {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What no job of a preview runs. */
const NEVER_RUN = /^(docs|examples|test|bench|schema)\/|^[^/]+\.md$|^renovate\.json5$|^\.gitignore$/;

const SETTINGS = /^Pulumi(\.[\w-]+)?\.yaml$/;

/**
 * Ends of lines to Pulumi's reader of YAML (Go's yaml.v3) and not to the one that is asked here: what is a comment here would be a
 * setting there, `runtime` with arguments of Node among them.
 */
const OTHER_LINES = /\r(?!\n)|[\u0085\u2028\u2029]/;

/**
 * Files that a person has to look at before the secrets are there: all that the preview would run. Lock file, workflows and
 * providers are among them, and every other program too: with the secrets at hand one is as good as the other.
 */
export function needsApproval(files: readonly ChangedFile[]): readonly string[] {
  return files.filter(runs).map(({ path }) => path);
}

function runs({ path, before, after }: ChangedFile): boolean {
  if (NEVER_RUN.test(path)) return false;
  if (!SETTINGS.test(path)) return true;
  if (OTHER_LINES.test(after ?? "")) return true;
  // Pulumi runs what stands in these files outside the lab's own settings: arguments of Node, plugins, an encryption provider.
  return !isDeepStrictEqual(others(before), others(after));
}

/** All of a file of settings that is not the lab's own. */
function others(text: string | undefined): unknown {
  const { config, ...rest } = (text === undefined ? {} : (parse(text) ?? {})) as Record<string, unknown>;
  const foreign = Object.entries(config ?? {}).filter(([key]) => !key.startsWith("homelab:"));
  return { ...rest, config: Object.fromEntries(foreign) };
}

/** The files that differ between where two commits parted and the second. */
export function changedFiles(folder: string, base: string, head: string): readonly ChangedFile[] {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const from = git("merge-base", base, head).trim();
  const textAt = (commit: string, path: string): string | undefined => {
    try {
      return git("show", `${commit}:${path}`);
    } catch {
      return undefined;
    }
  };
  const paths = git("diff", "--name-only", "--no-renames", "-z", from, head).split("\0").filter(Boolean);
  return paths.map((path) => ({ path, before: textAt(from, path), after: textAt(head, path) }));
}

async function main(): Promise<number> {
  const { head } = pullRequestOf(process.env);
  const sensitive = needsApproval(changedFiles(process.cwd(), "HEAD", head));
  const why = sensitive.length === 0 ? "nothing that is run" : sensitive.join(", ");
  process.stderr.write(`The pull request changes ${why}.\n`);
  return report(
    [
      `environment=${sensitive.length === 0 ? "preview" : "preview-approved"}`,
      `stacks=${JSON.stringify(stacksInOrder(process.cwd()))}`,
    ].join("\n"),
  );
}

if (import.meta.main) await command(main);
