import { type Declared, declaredSections } from "./declaration.ts";
import type { SectionInput, UciInputs } from "./inputs.ts";
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

/**
 * Of the sections that must not be there, those that are.
 * @param declared the device's sections that are declared; these stay
 * @throws {Refusal} where a natural key fits two
 */
export function unwanted(
  absent: UciInputs["absent"],
  packages: Packages,
  declared: ReadonlySet<Section>,
): readonly Required<Identified>[] {
  const others = new Map([...packages].map(([name, sections]) => [name, sections.filter((one) => !declared.has(one))]));
  const sections = declaredSections({ sections: absent, settings: {}, secrets: {} });
  return identify(sections, others).flatMap(({ declared: section, found }) =>
    found?.type === section.type ? [{ declared: section, found }] : [],
  );
}

/** Whether one of them is there, or even two of it. */
export function isThere(key: string, section: SectionInput, packages: Packages, declared: ReadonlySet<Section>): boolean {
  try {
    return unwanted({ [key]: section }, packages, declared).length > 0;
  } catch (error) {
    if (error instanceof Refusal) return true;
    throw error;
  }
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
