import { same } from "../../lab/canonical.ts";
import type { UciInputs } from "./inputs.ts";
import { isAbsent, type Packages, type Section, type Value } from "./model.ts";
import type { Operation } from "./operations.ts";

/** A change as a person reads it. */

/**
 * A line for each change: `network.lan.ipaddr: 192.168.1.1 → 192.168.10.1`.
 * @param before what the device has
 * @param isSecret whether the value at a place (`wireless.lab.key`) must not be shown
 */
export function changeLines(
  before: Packages,
  operations: readonly Operation[],
  isSecret: (place: string) => boolean,
): readonly string[] {
  const formerIds = new Map<string, string>();
  for (const operation of operations) {
    if (operation.kind === "rename") formerIds.set(`${operation.package}.${operation.name}`, operation.section);
  }
  return operations.map((operation) => {
    const id = formerIds.get(placeText(operation)) ?? operation.section;
    const found = before.get(operation.package)?.find((section) => section.id === id);
    return changeLine(operation, found, isSecret);
  });
}

/** @param found the section as the device has it */
function changeLine(operation: Operation, found: Section | undefined, isSecret: (place: string) => boolean): string {
  const place = placeText(operation);
  switch (operation.kind) {
    case "delete-section":
      return `${place}: ${found?.type ?? "section"} → removed`;
    case "create":
      return `${place}: new ${operation.type}`;
    case "rename":
      return `${operation.package}.${operation.name}: the name of ${found?.anonymous === false ? place : `a ${found?.type}`}`;
    case "move":
      return `${place}: moves to place ${operation.index + 1}`;
    case "set": {
      const option = `${place}.${operation.option}`;
      const [old, now] = [found?.options.get(operation.option), operation.value].map((value) => shown(value, isSecret(option)));
      return `${option}: ${old} → ${now}`;
    }
  }
}

function placeText(operation: Operation): string {
  return `${operation.package}.${operation.section}`;
}

/** A value for people; of a secret only whether there is one. */
function shown(value: Value | undefined, secret: boolean): string {
  if (value === undefined || isAbsent(value)) return "(none)";
  if (secret) return "[secret]";
  return (typeof value === "string" ? [value] : value).map(printable).join(", ");
}

/** A newline would make two lines of one. */
function printable(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
}

/** What a package's changes interrupt while its services restart. */
const INTERRUPTIONS: Readonly<Record<string, string>> = {
  network: "connections through the device",
  wireless: "all Wi-Fi clients",
  dropbear: "new ssh logins",
};

/** How many places a warning names before it only counts them. */
const NAMED = 3;

/** Places (`network.lan.mtu`, `network.lan`) at which two inputs differ, by member. */
export function changedPlaces(
  member: "sections" | "absent" | "settings" | "secrets",
  olds: Partial<UciInputs>,
  news: UciInputs,
): readonly string[] {
  const before: Readonly<Record<string, unknown>> = olds[member] ?? {};
  const after: Readonly<Record<string, unknown>> = news[member];
  const places = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...places].filter((place) => !same(before[place], after[place])).sort();
}

/** What a difference of inputs interrupts for some seconds, and by which options, in one line; empty: nothing. */
export function interruptions(olds: Partial<UciInputs>, news: UciInputs): string {
  const places = (["settings", "secrets", "sections", "absent"] as const).flatMap((member) => changedPlaces(member, olds, news));
  const cut = Object.entries(INTERRUPTIONS).flatMap(([name, what]) => {
    const touched = places.filter((place) => place.startsWith(`${name}.`));
    const more = touched.length > NAMED ? [`${touched.length - NAMED} more`] : [];
    return touched.length === 0 ? [] : [`${what} (${[...touched.slice(0, NAMED), ...more].join(", ")})`];
  });
  return cut.length === 0 ? "" : `cuts off for some seconds: ${cut.join(", ")}`;
}
