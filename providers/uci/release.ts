import { type Identified, unwanted } from "./identity.ts";
import type { Before, Known, UciInputs } from "./inputs.ts";
import { type Packages, placeOf, type Section, type Value } from "./model.ts";
import { type Operation, setStep } from "./operations.ts";

/** How sections go: those that the program no longer names, and those that must not be there. */

/**
 * What takes away the sections that must not be there, and what has to be known to give them back.
 * @returns also the places where the device has them
 */
export function removeSections(
  matched: readonly Identified[],
  packages: Packages,
  known: Known,
  absent: UciInputs["absent"],
): { readonly operations: readonly Operation[]; readonly before: Known; readonly places: ReadonlySet<string> } {
  const ours = new Set(matched.flatMap(({ found }) => found ?? []));
  const there = unwanted(absent, packages, ours);
  const gone = Object.keys(absent).flatMap((key) => (known[key]?.type === undefined ? [] : [[key, known[key]] as const]));
  return {
    operations: there.map(({ declared, found }) => {
      return { kind: "delete-section", package: declared.package, section: found.id };
    }),
    before: Object.fromEntries([...there.flatMap((one) => removed(one, known)), ...gone]),
    places: new Set(there.map(placeOn)),
  };
}

/** A section as it was before us. One that we made needs nothing to be known. */
function removed({ declared, found }: Required<Identified>, known: Known): readonly [string, Before][] {
  // The program may have called it another name.
  const before = known[declared.key] ?? known[placeOn({ declared, found })];
  if (before?.was === "created") return [];
  const options = { ...Object.fromEntries(found.options), ...before?.options };
  return [[declared.key, { was: before?.was ?? formOf(found), type: found.type, options }]];
}

function placeOn({ declared, found }: Required<Identified>): string {
  return `${declared.package}.${found.id}`;
}

/** How a section is on the device before the program first names it. */
export function formOf({ id, anonymous }: Section): Before["was"] {
  return anonymous ? "anonymous" : `named ${id}`;
}

/**
 * The steps that give up a section that the program no longer names. One that was there before us has options that are none of
 * ours: a radio without its `path` is dead until somebody finds out why.
 */
export function releaseSection(key: string, before: Before, packages: Packages, released: UciInputs["released"]): Operation[] {
  const { package: name, section } = placeOf(key);
  if (before.type !== undefined) return released === "restore" ? bringBack(name, section, before, before.type, packages) : [];
  const found = packages.get(name)?.find(({ id, anonymous }) => id === section && !anonymous);
  if (!found) return [];
  const mode = before.released ?? released;
  const isOurs = [...found.options.keys()].every((option) => Object.hasOwn(before.options, option));
  if (before.was === "created" || (mode === "remove" && isOurs)) return [{ kind: "delete-section", package: name, section }];
  const options = Object.entries(before.options).flatMap(([option, value]) =>
    setStep({ package: name, section, option, value: givenBack(value, mode) }, found.options),
  );
  const former = formerName(before, section);
  // A rename to a name that is taken would make one section of two.
  if (former === section || packages.get(name)?.some(({ id }) => id === former)) return options;
  return [...options, { kind: "rename", package: name, section, name: former }];
}

/** The steps that make a section again that had to go; one that somebody has made meanwhile stays as it is. */
function bringBack(name: string, key: string, before: Before, type: string, packages: Packages): Operation[] {
  const section = formerName(before, key);
  if (packages.get(name)?.some(({ id }) => id === section)) return [];
  const options = Object.entries(before.options).flatMap(([option, value]) =>
    setStep({ package: name, section, option, value }, new Map()),
  );
  return [{ kind: "create", package: name, section, type }, ...options];
}

function formerName({ was }: Before, section: string): string {
  return was.startsWith("named ") ? was.slice("named ".length) : section;
}

/** What an option gets that the program no longer names. */
export function givenBack(before: Value, released: UciInputs["released"]): Value {
  return released === "restore" ? before : [];
}
