import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseDocument } from "yaml";
import { stackNames } from "../../config/files.ts";
import { PROJECT_FILE, stackFile } from "../../config/problems.ts";
import { backendFolder, backendOf } from "../backend.ts";
import { messageOf } from "../command.ts";
import { type Project, PulumiFailed } from "../pulumi.ts";
import { setValue } from "../pulumi-yaml.ts";
import type { ProjectFiles } from "./settings.ts";
import type { Version } from "./versions.ts";

/**
 * Runs something on a project that is this one with other files, so that nobody's files change before he agreed. It lies in a
 * folder below this one, since Pulumi notes the git commit of where it runs, and is gone afterwards.
 *
 * @param code the folder with the program; of today: where `main` of `Pulumi.yaml` lies
 */
export async function inScratchProject<T>(
  project: Project,
  stack: string,
  files: ProjectFiles,
  code: string | undefined,
  work: (scratch: Project) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(project.folder, ".rollback-"));
  try {
    for (const other of stackNames(project.folder)) {
      writeFileSync(join(folder, stackFile(other)), readFileSync(join(project.folder, stackFile(other)), "utf8"));
    }
    writeFileSync(join(folder, PROJECT_FILE), projectText(files.project, folder, code ?? project.folder, code !== undefined));
    writeFileSync(join(folder, stackFile(stack)), files.stack);
    const env = { ...project.env, ...(await absoluteBackend(project)) };
    return await work({ folder, env, ...(code !== undefined && { code }) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A project's file for another folder: its program and its plugins are those of `base`.
 * @param theirs whether what says how to run the program is in the file of `base` too, since it belongs to that code
 */
function projectText(text: string, folder: string, base: string, theirs: boolean): string {
  const document = parseDocument(text);
  const own = theirs ? parseDocument(readFileSync(join(base, PROJECT_FILE), "utf8")) : document;
  const { runtime, main = "index.ts", plugins } = own.toJS() as ProgramSettings;
  const there = (path: string): string => (path.startsWith("/") ? path : relative(folder, resolve(base, path)));
  if (runtime !== undefined) setValue(document, ["runtime"], runtime);
  setValue(document, ["main"], there(main));
  document.delete("plugins");
  if (plugins) {
    const moved = Object.entries(plugins).map(([kind, list]) => [kind, list.map((one) => ({ ...one, path: there(one.path) }))]);
    setValue(document, ["plugins"], Object.fromEntries(moved));
  }
  return document.toString();
}

/** What a project's file says of its program. */
interface ProgramSettings {
  readonly runtime?: unknown;
  readonly main?: string;
  readonly plugins?: Readonly<Record<string, readonly { readonly path: string }[]>>;
}

/** A backend that is named by a path from the project's folder is another one from anywhere else. */
async function absoluteBackend(project: Project): Promise<NodeJS.ProcessEnv> {
  const folder = backendFolder(project, await backendOf(project));
  return folder === undefined ? {} : { PULUMI_BACKEND_URL: `file://${folder}` };
}

/**
 * Runs something with the code of a version's commit, in a worktree of git that is gone afterwards.
 * @throws Error that says what to do when the commit is not there
 */
export async function withCodeOf<T>(folder: string, version: Version, work: (code: string) => Promise<T>): Promise<T> {
  const { number, commit } = version;
  const without = "Without --with-code, its configuration is used with the code of today.";
  if (commit === "") throw new Error(`Nobody noted the git commit of version ${number}. ${without}`);
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
  try {
    git("cat-file", "-e", `${commit}^{commit}`);
  } catch {
    throw new Error(
      `The git commit of version ${number}, ${commit.slice(0, 12)}, is not in this repository: it was rebased, or never pushed to where this one comes from. \`git fetch --all\` may bring it. ${without}`,
    );
  }
  const root = git("rev-parse", "--show-toplevel");
  const code = mkdtempSync(join(root, ".rollback-code-"));
  try {
    git("worktree", "add", "--detach", "--force", code, commit);
    usePackages(root, code);
    return await work(code);
  } finally {
    rmSync(code, { recursive: true, force: true });
    git("worktree", "prune");
  }
}

/** The packages that the code wants: those that are here if they are the same, otherwise its own. */
function usePackages(root: string, code: string): void {
  const lock = (folder: string): string =>
    existsSync(join(folder, "package-lock.json")) ? readFileSync(join(folder, "package-lock.json"), "utf8") : "";
  if (lock(root) === lock(code)) {
    symlinkSync(join(root, "node_modules"), join(code, "node_modules"));
    return;
  }
  try {
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: code, stdio: "pipe" });
  } catch (error) {
    throw new PulumiFailed(`The packages of that version's code cannot be had: ${messageOf(error)}`);
  }
}
