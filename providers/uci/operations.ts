import { isAbsent, type Options, type Packages, type Section, sameValue, type Value } from "./model.ts";

/** One step of a change, in the order in which it is sent. `section` is a name, or the id of the moment of one without. */
export type Operation =
  | { readonly kind: "delete-section"; readonly package: string; readonly section: string }
  | { readonly kind: "rename"; readonly package: string; readonly section: string; readonly name: string }
  | { readonly kind: "create"; readonly package: string; readonly section: string; readonly type: string }
  | SetOption
  /** Moves a section to a place among all sections of its package, from 0. */
  | { readonly kind: "move"; readonly package: string; readonly section: string; readonly index: number };

/** Gives an option a value; an empty one removes it. */
export interface SetOption {
  readonly kind: "set";
  readonly package: string;
  readonly section: string;
  readonly option: string;
  readonly value: Value;
  /** Whether the device has the option now. */
  readonly replaces: boolean;
}

/** The step that gives an option a value: none where it has it. */
export function setStep(step: { package: string; section: string; option: string; value: Value }, current: Options): Operation[] {
  const has = current.get(step.option);
  if (isAbsent(step.value) ? has === undefined : sameValue(has, step.value)) return [];
  return [{ kind: "set", ...step, replaces: has !== undefined }];
}

/**
 * What the device's configuration is after operations: what it must be read back as.
 * @throws Error for an operation on what is not there; the plan makes none
 */
export function afterOperations(before: Packages, operations: readonly Operation[]): Packages {
  const after = new Map([...before].map(([name, sections]) => [name, [...sections]]));
  for (const operation of operations) {
    const sections = after.get(operation.package) ?? [];
    after.set(operation.package, sections);
    carryOut(sections, operation);
  }
  return after;
}

function carryOut(sections: Section[], operation: Operation): void {
  if (operation.kind === "create") {
    sections.push({ id: operation.section, anonymous: false, type: operation.type, options: new Map() });
    return;
  }
  const index = sections.findIndex(({ id }) => id === operation.section);
  const section = sections[index];
  if (!section) throw new Error(`${operation.package}.${operation.section} is not there`);
  switch (operation.kind) {
    case "delete-section":
      sections.splice(index, 1);
      break;
    case "rename":
      sections[index] = { ...section, id: operation.name, anonymous: false };
      break;
    case "set": {
      const options = new Map(section.options);
      if (isAbsent(operation.value)) options.delete(operation.option);
      else options.set(operation.option, operation.value);
      sections[index] = { ...section, options };
      break;
    }
    case "move":
      sections.splice(index, 1);
      sections.splice(operation.index, 0, section);
  }
}
