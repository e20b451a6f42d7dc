import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isScalar, parseDocument } from "yaml";
import { PROJECT_FILE, stackFile } from "../../config/problems.ts";
import { projectSchema } from "../../config/schema.ts";
import { mapOf } from "../maps.ts";
import { setValue } from "../pulumi-yaml.ts";
import type { Settings, Version } from "./versions.ts";

/**
 * Settings that say where and what things are today, not what somebody wanted of them: hosts that moved or were set up anew
 * must still be found, and so must the backups and the people whom alerts tell; a key that was replaced must not open anything
 * again; and by another domain no other host would know this one. They stay as they are, as secrets do, which may have been
 * changed since.
 */
const STAY = ["hosts", "hostKey", "routerKeys", "backup", "alerts", "initialise", "previewKey", "domain", "primary"];

/**
 * Data that came back in the run of a rollback, whose version has it in its history for ever. It is neither taken from there nor
 * left in a file: the next run would bring the data of then once more.
 */
const FOR_ONE_RUN = "restore";

/** Settings by workload name. */
const BY_WORKLOAD = ["images", "limits", "placement"];

/** What the routers are made of, which all belong to the primary stack. */
const HOME = ["network", "routers"];

/** The files of a project that have its configuration. */
export interface ProjectFiles {
  /** `Pulumi.yaml`. */
  readonly project: string;
  /** `Pulumi.<stack>.yaml`. */
  readonly stack: string;
}

/** Which settings of a version go back. Left out: all but those that {@link STAY}. */
export interface VersionOptions {
  /** These alone: their images and limits, and whether they are on the stack's host. */
  readonly workloads?: readonly string[];
  /** With these workloads the routers too. */
  readonly home?: boolean;
  /** What the version did not have is not there, even if it would {@link STAY}, because its code may not know it. */
  readonly exactly?: boolean;
}

/** Today's files with a version's settings in them. What does not differ keeps its place, its comments and its spelling. */
export function filesOfVersion(files: ProjectFiles, stack: string, version: Version, options: VersionOptions = {}): ProjectFiles {
  const { workloads, home = workloads === undefined, exactly = false } = options;
  const [today, then] = [ours(settingsOf(files)), ours(version.settings)];
  const goesBack = (key: string): boolean => {
    if (HOME.includes(key)) return home && today.primary === stack;
    return !STAY.includes(key) && (workloads === undefined || BY_WORKLOAD.includes(key));
  };
  const stay = moves(today, then, stack).map(({ workload }) => workload);
  const wanted = (key: string): unknown => {
    if (!BY_WORKLOAD.includes(key)) return then[key];
    const [now, before] = [mapOf(today[key]), mapOf(then[key])];
    const names = (workloads ?? Object.keys({ ...now, ...before })).filter((name) => !stay.includes(name));
    const entry = (name: string): unknown =>
      key === "placement" ? placement(stack, hosts(today, name), hosts(then, name)) : before[name];
    const entries = Object.entries({ ...now, ...Object.fromEntries(names.map((name) => [name, entry(name)])) });
    const there = entries.filter(([, value]) => value !== undefined);
    return there.length > 0 || (key in today && key in then) ? Object.fromEntries(there) : undefined;
  };
  const project = Object.keys(projectSchema.shape);
  const edit = (text: string, file: string, mine: (key: string) => boolean, wrapped: boolean): string =>
    edited(text, file, (document) => {
      for (const key of new Set([...Object.keys(then), ...keysIn(document)])) {
        const path = ["config", `homelab:${key}`];
        if (!mine(key) || isSecret(document, path)) continue;
        const value = goesBack(key) ? wanted(key) : undefined;
        const isWrapped = wrapped && (document.hasIn([...path, "value"]) || typeof value === "object");
        if (value !== undefined) put(document, isWrapped ? [...path, "value"] : path, value);
        else if (key === FOR_ONE_RUN || goesBack(key) || (exactly && !(key in then))) document.deleteIn(path);
      }
    });
  return {
    project: edit(files.project, PROJECT_FILE, (key) => project.includes(key), true),
    stack: edit(files.stack, stackFile(stack), (key) => !project.includes(key), false),
  };
}

/** A workload that went from one host to another since a version. */
export interface Move {
  readonly workload: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Workloads that came to a stack's host since a version, or went from it, each from or to one other. They stay where they are:
 * taken back by one stack alone they would be on both hosts, or on none, until somebody applies the other.
 */
export function movesSince(files: ProjectFiles, stack: string, version: Version): readonly Move[] {
  return moves(ours(settingsOf(files)), ours(version.settings), stack);
}

function moves(today: Settings, then: Settings, stack: string): readonly Move[] {
  return Object.keys(mapOf(then.placement)).flatMap((workload): readonly Move[] => {
    const [[from, ...before], [to, ...now]] = [hosts(then, workload), hosts(today, workload)];
    if (from === undefined || to === undefined || before.length + now.length > 0 || from === to) return [];
    return from === stack || to === stack ? [{ workload, from, to }] : [];
  });
}

/** What files say, as a history has it: by key with its namespace. */
export function settingsOf({ project, stack }: ProjectFiles): Settings {
  const configOf = (text: string): Settings => mapOf(plain(parseDocument(text), ["config"]));
  const unwrapped = Object.entries(configOf(project)).map(([key, value]) => [key, mapOf(value).value ?? value]);
  return { ...Object.fromEntries(unwrapped), ...configOf(stack) };
}

/** The lab's settings without their namespace. What was for one run is no setting of a version. */
function ours(settings: Settings): Settings {
  const own = Object.entries(settings).filter(([key]) => key.startsWith("homelab:"));
  const { [FOR_ONE_RUN]: _, ...rest } = Object.fromEntries(own.map(([key, value]) => [key.slice("homelab:".length), value]));
  return rest;
}

/** Hosts that a workload is on. */
function hosts({ placement: all }: Settings, workload: string): readonly string[] {
  const found = mapOf(all)[workload];
  return Array.isArray(found) ? found.map(String) : [];
}

/** Hosts of a workload once one of them went back; undefined for none. Whether it is on the others is not changed by that. */
function placement(host: string, today: readonly string[], then: readonly string[]): readonly string[] | undefined {
  if (today.includes(host) === then.includes(host)) return today.length === 0 ? undefined : today;
  const all = [...new Set([...then, ...today])];
  const now = all.filter((one) => (one === host ? then : today).includes(one));
  return now.length === 0 ? undefined : now;
}

/** A stack's file in which data comes back from snapshots, by workload: for one run, never for a file that stays. */
export function withRestore(text: string, stack: string, snapshots: Readonly<Record<string, string>>): string {
  return edited(text, stackFile(stack), (document) => setValue(document, ["config", `homelab:${FOR_ONE_RUN}`], snapshots));
}

/** One value as it shall be; a map by its members, so that those that do not differ are not touched. */
function put(document: Document, path: readonly string[], value: unknown): void {
  const node = document.getIn(path, true);
  if (value === undefined) {
    if (node !== undefined) document.deleteIn(path);
    return;
  }
  const now: unknown = document.getIn(path) === undefined ? undefined : plain(document, path);
  if (isDeepStrictEqual(now, value) || String(now) === value) return;
  if (isMap(node) && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const members = new Set([...Object.keys(mapOf(now)), ...Object.keys(value)]);
    for (const member of members) put(document, [...path, member], mapOf(value)[member]);
  } else setValue(document, path, value);
}

/**
 * A text with a change made to it as YAML. Where only values changed, they are put into the text, so that nothing else of it is
 * written another way.
 */
function edited(text: string, file: string, change: (document: Document) => void): string {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(`${file}: ${error.message}`);
  const before = document.toString({ lineWidth: 0 });
  change(document);
  const after = document.toString({ lineWidth: 0 });
  if (after === before) return text;
  const [old, now] = [before.split("\n"), after.split("\n")];
  const changed = old.flatMap((line, index) => (line === now[index] ? [] : [index]));
  const places = changed.map((index) => text.split("\n").flatMap((line, at) => (line === old[index] ? [at] : [])));
  if (old.length !== now.length || places.some((found) => found.length !== 1)) return after;
  const lines = text.split("\n");
  for (const [index, line] of changed.entries()) lines[places[index]?.[0] ?? 0] = now[line] ?? "";
  return lines.join("\n");
}

function keysIn(document: Document): readonly string[] {
  const config = document.get("config");
  if (!isMap(config)) return [];
  const keys = config.items.map(({ key }) => String(isScalar(key) ? key.value : key));
  return keys.filter((key) => key.startsWith("homelab:")).map((key) => key.slice("homelab:".length));
}

function isSecret(document: Document, path: readonly string[]): boolean {
  return "secure" in mapOf(plain(document, path));
}

function plain(document: Document, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => mapOf(value)[key], document.toJS());
}
