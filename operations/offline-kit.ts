import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { command, messageOf, report } from "./command.ts";
import { contentProblems, kitFiles, PATCH, uncommittedIn } from "./kit/contents.ts";
import { open, passphraseOf, seal } from "./kit/seal.ts";
import { hereProject, type Project, runPulumi } from "./pulumi.ts";
import { stacksInOrder } from "./stacks.ts";

const USAGE = `npm run offline-kit                  one encrypted file with all that is needed when both Pis are gone
  --out FILE                         another name than homelab-offline-kit-<date>.age
npm run offline-kit -- --verify FILE proves that it opens with the passphrase, and that it is complete
It is encrypted with the passphrase of the stacks. By hand: age --decrypt FILE | tar xz
Keep it where neither fire nor thief finds it together with the Pis, and the passphrase elsewhere.`;

/** What is in a kit, by path. */
type Contents = ReadonlyMap<string, Uint8Array>;

/** Files that are named of those that nobody committed. */
const NAMED = 10;

/**
 * Makes the kit. The file is the person's alone, and never one that was there.
 * @returns what is in it
 */
async function makeKit(project: Project, out: string): Promise<Contents> {
  if (existsSync(out)) throw new Error(`${out} is there already, and stays as it is. Another name: --out FILE`);
  const passphrase = passphraseOf(project.env);
  const files = await kitFiles(project);
  const contents = new Map(Object.entries(files).map(([name, data]) => [name, Buffer.from(data)]));
  const problems = contentProblems(contents, stacksInOrder(project.folder));
  if (problems.length > 0)
    throw new Error(`There is no complete kit to be made:\n${problems.map((line) => `  ${line}`).join("\n")}`);
  writeFileSync(out, await seal(files, passphrase), { mode: 0o600, flag: "wx" });
  return contents;
}

/**
 * Opens a kit.
 * @throws Error where it does not open
 */
export async function openKit(project: Project, file: string): Promise<Contents> {
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
  return await open(readFileSync(file, "utf8"), passphraseOf(project.env));
}

/** What is wrong with a kit, one line each; empty: it is complete, its state opens with the passphrase, its repository is whole. */
async function kitProblems(project: Project, contents: Contents): Promise<readonly string[]> {
  const problems = contentProblems(contents, stacksInOrder(project.folder));
  if (problems.length > 0) return problems;
  return [...(await stateProblems(project, contents)), ...bundleProblems(contents)];
}

/** Takes the states into a backend of its own, which is gone afterwards, and asks for a secret: secrets stay in memory. */
async function stateProblems({ env }: Project, contents: Contents): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "homelab-kit-"));
  const scratch = { folder, env: { ...env, PULUMI_BACKEND_URL: `file://${folder}` } };
  const problems: string[] = [];
  try {
    for (const [name, data] of contents) {
      if (name.startsWith("project/")) writeFileSync(join(folder, name.slice("project/".length)), data, { mode: 0o600 });
    }
    for (const name of [...contents.keys()].filter((one) => one.endsWith("/state.json"))) {
      const stack = name.split("/")[1] ?? "";
      const file = join(folder, "state.json");
      writeFileSync(file, contents.get(name) ?? "", { mode: 0o600 });
      const steps = [
        ["stack", "init", stack],
        ["stack", "import", "--stack", stack, "--file", file],
        ["stack", "export", "--show-secrets", "--stack", stack],
      ];
      for (const step of steps) {
        const { status, stderr } = await runPulumi(scratch, step);
        if (status === 0) continue;
        problems.push(`the state of ${stack} does not open (pulumi ${step.slice(0, 2).join(" ")}): ${stderr.trim()}`);
        break;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return problems;
}

/** Clones the repository and makes it what it was, with what was not committed. */
function bundleProblems(contents: Contents): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "homelab-kit-"));
  const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: folder, stdio: "pipe" });
  try {
    for (const name of ["repository.bundle", PATCH]) writeFileSync(join(folder, name), contents.get(name) ?? "");
    git("clone", "--quiet", "repository.bundle", "clone");
    if (contents.has(PATCH)) git("-C", "clone", "apply", `../${PATCH}`);
    return [];
  } catch (error) {
    return [`repository.bundle is no whole repository: ${messageOf(error)}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a kit's repository has in no commit, for people; empty where all is committed. */
export function uncommittedText(contents: Contents): string {
  const names = uncommittedIn(contents);
  if (names.length === 0) return "";
  const some = names.slice(0, NAMED).join(", ");
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `NOT COMMITTED, so that it is in no clone of the program, and in this kit as ${PATCH}: ${some}${more}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { out: { type: "string" }, verify: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return report(USAGE);
  const project = hereProject();
  if (values.verify !== undefined) {
    const contents = await openKit(project, values.verify);
    const problems = await kitProblems(project, contents);
    if (problems.length === 0)
      return report(
        `${values.verify} opens, is complete, and its state opens with the same passphrase.\n${uncommittedText(contents)}`,
      );
    throw new Error(`${values.verify} is no complete kit:\n${problems.map((line) => `  ${line}`).join("\n")}`);
  }
  const out = values.out ?? `homelab-offline-kit-${new Date().toISOString().slice(0, 10)}.age`;
  const uncommitted = uncommittedText(await makeKit(project, out));
  return report(
    `${out} is made. Prove it: npm run offline-kit -- --verify ${out}\nBy hand it opens with: age --decrypt ${out} | tar xz\n${uncommitted}`,
  );
}

if (import.meta.main) await command(main);
