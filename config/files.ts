import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { checkLab } from "../lab/check.ts";
import type { ConfigProblem, LabConfig, StackConfig } from "../lab/model.ts";
import { parseConfig } from "./parse.ts";
import { oneProblem, PROJECT_FILE, pathText, problemText, stackFile } from "./problems.ts";
import { projectSchema, SECRET_PREFIX } from "./schema.ts";

/** The lab as the files of a folder say, without Pulumi. */
export interface LabFiles {
  readonly lab: LabConfig;
  /** One per host, and one per stack file without a host; sorted. */
  readonly stacks: readonly StackConfig[];
  /** Of all stacks, each once. */
  readonly problems: readonly ConfigProblem[];
  /** Those of `problems` about what could not be read, and is missing in `lab` and `stacks`. */
  readonly unread: readonly ConfigProblem[];
}

/** Keys that say which hosts there are, and what belongs on them. */
const HOSTS = /^homelab:(primary|hosts|placement)\b/;

/**
 * The lab of a folder for those who go by its hosts: all of them, and all that belongs on them.
 * @throws Error where some could not be read. What is left would pass for a lab without them. Whatever else is wrong with the
 *   configuration keeps nobody from a host.
 */
export function readHosts(folder: string): LabConfig {
  const { lab, unread } = readLab(folder);
  const missing = unread.filter(({ path }) => HOSTS.test(path));
  if (missing.length > 0) throw new Error(problemText(missing));
  return lab;
}

/**
 * Reads `Pulumi.yaml` and every `Pulumi.<stack>.yaml` of a folder, as Pulumi would hand them to each stack.
 * @throws Error that names file, line and column where a file is no YAML
 */
export function readLab(folder: string): LabFiles {
  const project = settings(readYaml(folder, PROJECT_FILE), (value) => (isMap(value) && "value" in value ? value.value : value));
  const names = [...new Set([...stackNames(folder), ...Object.keys(isMap(project.hosts) ? project.hosts : {})])].sort();
  const parsed = names.map((stack) => {
    const own = existsSync(join(folder, stackFile(stack))) ? settings(readYaml(folder, stackFile(stack))) : {};
    const { lab, stack: stackConfig, problems, written } = parseConfig({ ...project, ...own }, stack, secretNames(folder, stack));
    const foreign = projectKeysIn(own, stack);
    const all = [...foreign, ...problems, ...checkLab(lab, stackConfig, written)];
    return { lab, stack: stackConfig, problems: all, unread: problems };
  });
  const first = parsed[0] ?? parseConfig(project, "");
  // Each stack knows the key of its own host only.
  const hosts = Object.entries(first.lab.hosts).map(([name, host]) => {
    const own = parsed.find(({ stack }) => stack.host === name)?.lab.hosts[name];
    return [name, own ?? host] as const;
  });
  return {
    lab: { ...first.lab, hosts: Object.fromEntries(hosts) },
    stacks: parsed.map(({ stack }) => stack),
    problems: eachOnce(parsed.flatMap(({ problems }) => problems)),
    unread: eachOnce(parsed.flatMap(({ unread }) => unread)),
  };
}

function eachOnce(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return [...new Map(problems.map((problem) => [oneProblem(problem), problem])).values()];
}

/** Names of the secrets that a stack's file has: the keys `secret:…`. Their values are encrypted, and not asked for. */
function secretNames(folder: string, stack: string): readonly string[] {
  const file = existsSync(join(folder, stackFile(stack))) ? readYaml(folder, stackFile(stack)) : undefined;
  const config = isMap(file) && isMap(file.config) ? file.config : {};
  return Object.keys(config).flatMap((key) => (key.startsWith(SECRET_PREFIX) ? [key.slice(SECRET_PREFIX.length)] : []));
}

/** Names of the stacks that have a file in a folder. */
export function stackNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .map((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined)
    .sort();
}

/** The text of a file as values. An error says `Pulumi.yaml:12:5: …` and shows the line. */
function readYaml(folder: string, file: string): unknown {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Error(`${file} is not in ${folder}. Run this in the folder of the project.`);
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, "utf8"), { lineCounter: lines });
  const [error] = document.errors;
  if (!error) return document.toJS();
  const { line, col } = lines.linePos(error.pos[0]);
  throw new Error(`${file}:${line}:${col}: ${error.message}`);
}

/** The lab's keys of a file's `config:`, without prefix. Keys of other namespaces belong to Pulumi's plugins. */
function settings(file: unknown, unwrap = (value: unknown): unknown => value): Record<string, unknown> {
  const config = isMap(file) ? file.config : undefined;
  if (!isMap(config)) return {};
  const ours = Object.entries(config).filter(([key]) => key.startsWith("homelab:") || !key.includes(":"));
  return Object.fromEntries(ours.map(([key, value]) => [key.replace(/^homelab:/, ""), unwrap(value)]));
}

/** A key of the project in a stack's file replaces the project's as a whole, for that stack alone: the hosts would not agree. */
function projectKeysIn(own: Record<string, unknown>, stack: string): readonly ConfigProblem[] {
  return Object.keys(projectSchema.shape)
    .filter((key) => key in own)
    .map((key) => ({
      file: stackFile(stack),
      path: pathText([key]),
      message: `stands for this stack alone in place of that in ${PROJECT_FILE}`,
      remedy: `Write it in ${PROJECT_FILE}, and remove it here.`,
    }));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
