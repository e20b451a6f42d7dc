import type { z } from "zod";
import { placeOf } from "../lab/backup/credentials.ts";
import type { Written } from "../lab/check.ts";
import type { Limits } from "../lab/definition.ts";
import { type ConfigProblem, type HostConfig, type LabConfig, type StackConfig, UNKNOWN_HOST_KEY } from "../lab/model.ts";
import type { RouterConfig, RoutersConfig } from "../lab/routers/model.ts";
import { PROJECT_FILE, pathText, schemaProblems, stackFile } from "./problems.ts";
import { type ProjectInput, projectSchema, type StackInput, stackSchema } from "./schema.ts";

/** What could be read, and all that could not. Where there are problems, `lab` and `stack` have what is without. */
export interface ParsedConfig {
  readonly lab: LabConfig;
  readonly stack: StackConfig;
  readonly problems: readonly ConfigProblem[];
  /** Names of all that was written, readable or not. */
  readonly written: Written;
}

const FILES = { ...keysOf(projectSchema, "project"), ...keysOf(stackSchema, "stack") };

/**
 * Reads the configuration of one stack: its form, not yet whether it makes a lab (`lab/check.ts`).
 * @param raw values of the keys `homelab:…`, by key without that prefix
 * @param secrets names of the keys `secret:…`, without that prefix
 */
export function parseConfig(
  raw: Readonly<Record<string, unknown>>,
  stack: string,
  secrets: readonly string[] = [],
): ParsedConfig {
  const problems: ConfigProblem[] = [];
  const read = <T>(key: string, schema: z.ZodType<T>): T | undefined => {
    const file = FILES[key] === "project" ? PROJECT_FILE : stackFile(stack);
    return readPart(raw[key], schema, { file, path: [key] }, problems);
  };
  const { domain, primary, hosts, placement, previewKey, backup, alerts, network, routers } = projectSchema.shape;
  const { hostKey, images, limits, routerKeys, initialise } = stackSchema.shape;
  const project = {
    domain: read("domain", domain) ?? "",
    primary: read("primary", primary) ?? "",
    hosts: read("hosts", hosts) ?? {},
    placement: read("placement", placement) ?? {},
    previewKey: read("previewKey", previewKey),
    backup: read("backup", backup) ?? backup.parse({}),
    alerts: read("alerts", alerts),
    network: read("network", network),
    routers: read("routers", routers) ?? {},
  };
  const own = {
    restore: read("restore", stackSchema.shape.restore),
    hostKey: read("hostKey", hostKey) ?? "",
    images: read("images", images) ?? {},
    limits: read("limits", limits) ?? {},
    routerKeys: read("routerKeys", routerKeys) ?? {},
    initialise: read("initialise", initialise) ?? [],
  };
  for (const key of Object.keys(raw).filter((name) => !(name in FILES))) {
    problems.push({
      file: `${stackFile(stack)} or ${PROJECT_FILE}`,
      path: pathText([key]),
      message: "is not known",
      remedy: `Known are: ${Object.keys(FILES).join(", ")}. Correct the name or remove the lines.`,
    });
  }
  const written = {
    hosts: namesIn(raw.hosts),
    images: namesIn(raw.images),
    network: raw.network !== undefined,
    routers: namesIn(raw.routers),
  };
  // Of a home that could not be read in full, what is left would seem to lack what is only misspelt.
  const isWhole = !problems.some(({ path }) => /^homelab:(network|routers)\b/.test(path));
  const readable = isWhole ? project : { ...project, network: undefined };
  // Nor is a secret of no place because its place could not be read.
  const withPlaces = !problems.some(({ path }) => /^homelab:backup\b/.test(path));
  const known = withPlaces ? secrets : secrets.filter((secret) => placeOf(secret) === undefined);
  return {
    lab: toLab(readable, own, stack),
    stack: { ...toStack(own, stack), secrets: known, ...(own.restore ? { restore: own.restore } : {}) },
    problems,
    written,
  };
}

/**
 * One value. Of a map with names, each entry by itself, so that one wrong entry does not hide what is wrong with the others.
 */
function readPart<T>(
  value: unknown,
  schema: z.ZodType<T>,
  at: { readonly file: string; readonly path: readonly string[] },
  problems: ConfigProblem[],
): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  problems.push(...schemaProblems(result.error.issues, schema, { ...at, value }));
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const wrong = new Set(result.error.issues.map((issue) => issue.path[0]));
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !wrong.has(name)));
  const again = schema.safeParse(rest);
  return again.success ? again.data : undefined;
}

/** A stack knows the key of its own host: it talks to no other. */
function toLab(project: ProjectInput, { hostKey, routerKeys }: StackInput, stack: string): LabConfig {
  const { domain, primary, hosts, placement, previewKey, backup, alerts } = project;
  const entries = Object.entries(hosts).map(([name, { memory, disk, ...host }]): [string, HostConfig] => [
    name,
    { ...host, hostKey: name === stack ? hostKey : UNKNOWN_HOST_KEY, memoryMiB: memory, diskGiB: disk },
  ]);
  const home = toHome(project, routerKeys);
  const optional = { ...(previewKey ? { previewKey } : {}), ...(alerts ? { alerts } : {}), ...(home ? { home } : {}) };
  return { domain, primary, hosts: Object.fromEntries(entries), placement, backup, ...optional };
}

/** Undefined without a network, from which routers are planned, or without routers, which make it: then it is somebody else's. */
function toHome({ network, routers }: ProjectInput, keys: StackInput["routerKeys"]): RoutersConfig | undefined {
  if (!network || Object.keys(routers).length === 0) return undefined;
  const entries = Object.entries(routers).map(([name, router]): [string, RouterConfig] => [
    name,
    { ...router, hostKey: keys[name] ?? UNKNOWN_HOST_KEY },
  ]);
  return { network, routers: Object.fromEntries(entries) };
}

function toStack({ images, limits, routerKeys, initialise }: StackInput, host: string): Omit<StackConfig, "secrets"> {
  const entries = Object.entries(limits).map(([name, { memory, cpus, pids }]): [string, Partial<Limits>] => [
    name,
    {
      ...(memory === undefined ? {} : { memoryMiB: memory }),
      ...(cpus === undefined ? {} : { cpus }),
      ...(pids === undefined ? {} : { pids }),
    },
  ]);
  return { host, images, limits: Object.fromEntries(entries), routerKeys, initialise };
}

function keysOf<const F extends string>(schema: z.ZodObject, file: F): Record<string, F> {
  return Object.fromEntries(Object.keys(schema.shape).map((key) => [key, file]));
}

function namesIn(value: unknown): readonly string[] {
  return value !== null && typeof value === "object" ? Object.keys(value) : [];
}
