import { type Packages, type Section, sameValue } from "./model.ts";

/**
 * Where a device's configuration is not what it should be, in a person's words without values: those may be secret.
 * @param expected packages that matter
 */
export function differences(expected: Packages, found: Packages): readonly string[] {
  return [...expected].flatMap(([name, sections]) => packageDifferences(name, sections, found.get(name) ?? []));
}

function packageDifferences(name: string, expected: readonly Section[], found: readonly Section[]): string[] {
  const [wanted, present] = [byLabel(name, expected), byLabel(name, found)];
  const unwanted = [...present.keys()].filter((label) => !wanted.has(label)).map((label) => `${label} is there`);
  const wrong = [...wanted].flatMap(([label, section]) => {
    const there = present.get(label);
    return there ? sectionDifferences(label, section, there) : [`${label} is missing`];
  });
  if (unwanted.length > 0 || wrong.length > 0) return [...wrong, ...unwanted];
  const order = [...present.keys()];
  return [...wanted.keys()].every((label, index) => label === order[index])
    ? []
    : [`the sections of ${name} are in another order`];
}

function sectionDifferences(label: string, expected: Section, found: Section): string[] {
  if (expected.type !== found.type) return [`${label} is a ${found.type} instead of a ${expected.type}`];
  const options = new Set([...expected.options.keys(), ...found.options.keys()]);
  return [...options]
    .filter((option) => !sameValue(expected.options.get(option), found.options.get(option)))
    .map((option) => `${label}.${option} has another value`);
}

/** Sections by `network.lan`, or `network.@device[0]` without a name: as a person would address them, and never by id. */
export function byLabel(name: string, sections: readonly Section[]): ReadonlyMap<string, Section> {
  const counts = new Map<string, number>();
  return new Map(
    sections.map((section) => {
      const index = counts.get(section.type) ?? 0;
      counts.set(section.type, index + 1);
      return [section.anonymous ? `${name}.@${section.type}[${index}]` : `${name}.${section.id}`, section];
    }),
  );
}
