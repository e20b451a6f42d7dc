import { isDeepStrictEqual } from "node:util";
import { diffLines } from "diff";
import type { Properties } from "../engine-events.ts";

/** Two texts as the lines that go (`- …`) and come (`+ …`). */
export function textLines(before: string, after: string): readonly string[] {
  return diffLines(before, after).flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    const lines = value.replace(/\n$/, "").split("\n");
    return lines.map((line) => `${added ? "+" : "-"} ${line}`);
  });
}

/** Each value that differs, one line: `network.lan.ipaddr: 192.168.1.1 → 192.168.10.1`. None and an empty one are the same. */
export function changeLines(before: Properties, after: Properties): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => !isDeepStrictEqual(before[key], after[key]) && shown(before[key]) !== shown(after[key]))
    .map((key) => `${key}: ${shown(before[key])} → ${shown(after[key])}`);
}

/** A value for people, on one line. */
export function shown(value: unknown): string {
  if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return "(none)";
  const text = Array.isArray(value)
    ? value.map(String).join(", ")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
  return text.replaceAll("\n", "\\n");
}
