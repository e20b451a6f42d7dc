/** Compares what happened with a recording, field by field. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Change } from "./events.ts";

/** Reads a recording of recordings/, named without its ending. */
export function recording<T>(name: string): T {
  return JSON.parse(fs.readFileSync(path.join(import.meta.dirname, "recordings", `${name}.json`), "utf8")) as T;
}

/**
 * Where `actual` differs from what was recorded, as "path: what"; empty when it does not. In recorded texts `…` stands for
 * any text, `<text>` for any that is not empty, `<time>` for an RFC 3339 time and `<8 characters>` for any of that length.
 */
export function differences(recorded: unknown, actual: unknown, at = "it"): string[] {
  if (typeof recorded === "string" && typeof actual === "string") {
    return matches(recorded, actual) ? [] : [`${at}: recorded ${JSON.stringify(recorded)}, now ${JSON.stringify(actual)}`];
  }
  if (Array.isArray(recorded) && Array.isArray(actual) && recorded.length === actual.length) {
    return recorded.flatMap((item, index) => differences(item, actual[index], `${at}[${index}]`));
  }
  if (isObject(recorded) && isObject(actual)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(actual)]);
    return [...names].flatMap((name) => {
      if (!(name in actual)) return [`${at}.${name}: recorded, now missing`];
      if (!(name in recorded)) return [`${at}.${name}: not recorded, now ${JSON.stringify(actual[name])}`];
      return differences(recorded[name], actual[name], `${at}.${name}`);
    });
  }
  return recorded === actual ? [] : [`${at}: recorded ${JSON.stringify(recorded)}, now ${JSON.stringify(actual)}`];
}

function matches(recorded: string, actual: string): boolean {
  const length = /^<(\d+) characters>$/.exec(recorded)?.[1];
  if (length !== undefined) return actual.length === Number(length);
  const patterns: Record<string, string> = {
    "…": "[^]*",
    "<text>": "[^]+",
    "<time>": "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z",
  };
  const parts = recorded
    .split(/(…|<text>|<time>)/)
    .map((part) => patterns[part] ?? part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("")}$`).test(actual);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A proposal as the recordings write it: empty fields are left out. */
export interface RecordedChange {
  op: string;
  resource: string;
  replaceReasons?: string[];
  diffReasons?: string[];
  detailedDiff?: Record<string, string>;
}

/** Proposals in the form and order of the recordings. */
export function asRecorded(changes: Change[]): RecordedChange[] {
  return changes
    .map((change) => ({
      op: change.op,
      resource: change.resource,
      ...(change.replaceReasons.length === 0 ? {} : { replaceReasons: change.replaceReasons }),
      ...(change.diffReasons.length === 0 ? {} : { diffReasons: change.diffReasons }),
      ...(change.detailedDiff === undefined ? {} : { detailedDiff: change.detailedDiff }),
    }))
    .toSorted((a, b) => (a.resource < b.resource ? -1 : 1));
}

/**
 * Keeps the proposals for the resources of one variant, and takes the variant's name, with which the program begins their
 * names, off again: many recorded previews of one change each are run here as one preview.
 */
export function ofVariant(variant: string, changes: Change[]): RecordedChange[] {
  const own = changes.flatMap((change) => {
    const type = change.resource.split(" ", 1)[0] ?? "";
    const beginning = `${type} ${variant}:`;
    return change.resource.startsWith(beginning)
      ? [{ ...change, resource: `${type} ${change.resource.slice(beginning.length)}` }]
      : [];
  });
  return asRecorded(own);
}
