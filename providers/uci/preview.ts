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
  network: "connections through the device (network)",
  wireless: "all Wi-Fi clients (wireless)",
  dropbear: "new ssh logins (dropbear)",
};

/** What a difference of inputs interrupts for some seconds, in one line; empty: nothing. */
export function interruptions(olds: Partial<UciInputs>, news: UciInputs, same: (a: unknown, b: unknown) => boolean): string {
  const touched = new Set<string>();
  for (const member of ["sections", "settings", "secrets", "order"] as const) {
    const [before, after]: Readonly<Record<string, unknown>>[] = [olds[member] ?? {}, news[member]];
    for (const key of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
      if (!same(before?.[key], after?.[key])) touched.add(key.split(".")[0] ?? "");
    }
  }
  const cut = Object.entries(INTERRUPTIONS).filter(([name]) => touched.has(name));
  return cut.length === 0 ? "" : `cuts off for some seconds: ${cut.map(([, what]) => what).join(", ")}`;
}
