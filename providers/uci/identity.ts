import type { Declared } from "./declaration.ts";
import { type Packages, type Section, textOf, wordsOf } from "./model.ts";

/** A declared section and the one on the device that it is, if any. */
export interface Identified {
  readonly declared: Declared;
  readonly found?: Section;
}

/** A change that cannot be made as the device is; nothing was sent. */
export class Refusal extends Error {}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/**
 * Which section of the device each declared one is: the one of its name, else the one that its natural key fits.
 * @throws {Refusal} where that is not clear
 */
export function identify(declared: readonly Declared[], packages: Packages): readonly Identified[] {
  const taken = new Map<Section, string>();
  return declared.map((section) => {
    const found = find(section, packages.get(section.package) ?? []);
    if (!found) return { declared: section };
    const other = taken.get(found);
    if (other) throw new Refusal(`${section.key} and ${other} are the same section of the device. Declare it once.`);
    taken.set(found, section.key);
    return { declared: section, found };
  });
}

function find(declared: Declared, sections: readonly Section[]): Section | undefined {
  const named = sections.find(({ id, anonymous }) => id === declared.name && !anonymous);
  if (named) return named;
  const { match, type, key } = declared;
  if (!match) return undefined;
  const candidates = sections.filter((section) => section.type === type && fits(section, match));
  if (candidates.length > 1) {
    const wanted = Object.entries(match).map(([option, value]) => `${option} ${value}`);
    const what = wanted.length === 0 ? `sections of type ${type}` : `of type ${type} with ${wanted.join(", ")}`;
    throw new Refusal(`${key}: the device has ${candidates.length} ${what}; which one is meant is not clear. Remove one there.`);
  }
  return candidates[0];
}

/** Whether a section has all values of a natural key: as its whole text, or as one of the words or items. */
function fits({ options }: Section, match: Readonly<Record<string, string>>): boolean {
  return Object.entries(match).every(([option, wanted]) => {
    const value = options.get(option);
    return [textOf(value), ...wordsOf(value)].some((word) => word !== undefined && sameKey(word, wanted));
  });
}

function sameKey(a: string, b: string): boolean {
  return a === b || (MAC.test(a) && a.toLowerCase() === b.toLowerCase());
}
