import { type Declared, declaredSections } from "./declaration.ts";
import { type Identified, identify, Refusal } from "./identity.ts";
import type { Before, Known, UciInputs } from "./inputs.ts";
import type { Options, Packages, Section, Value } from "./model.ts";
import { afterOperations, type Operation, setStep } from "./operations.ts";
import { movesTo, ownOrder } from "./order.ts";
import { formOf, givenBack, releaseSection, removeSections } from "./release.ts";

/** What brings a device to what is declared. */
export interface Change {
  /** Empty when the device is as declared. */
  readonly operations: readonly Operation[];
  /** The device's configuration then. */
  readonly after: Packages;
  /** What to give back when the program no longer names it. */
  readonly before: Readonly<Record<string, Before>>;
}

/** What is declared, as far as a change needs it. */
export type Wanted = Pick<UciInputs, "sections" | "absent" | "settings" | "secrets" | "order" | "released">;

/**
 * The change from what a device has to what is declared, option by option.
 * @param known what was found when the program first named it (`before` in state)
 * @throws {Refusal} where a section of another type is in the way, or a natural key fits two
 */
export function planChange(packages: Packages, known: Known, inputs: Wanted): Change {
  const declared = declaredSections(inputs);
  const matched = identify(declared, packages);
  const owners = new Map(matched.map((one) => [one.declared.key, knownAs(one, known, declared)]));
  const inherited = new Set(owners.values());
  const removals = removeSections(matched, packages, known, inputs.absent);
  const released = Object.entries(known)
    .filter(([key]) => !inherited.has(key) && !Object.hasOwn(inputs.absent, key) && !removals.places.has(key))
    .flatMap(([key, before]) => releaseSection(key, before, packages, inputs.released));
  const identified = matched.map((one) => withoutWrongType(one, known));
  const steps = identified.map((one) => declareSection(one, known[owners.get(one.declared.key) ?? ""], inputs.released));
  const unordered = [
    ...released,
    ...removals.operations,
    ...identified.flatMap(deleteWrongType),
    ...steps.flatMap(({ name }) => name),
    ...steps.flatMap(({ options }) => options),
  ];
  const operations = [...unordered, ...moves(afterOperations(packages, unordered), inputs.order)];
  return {
    operations,
    after: afterOperations(packages, operations),
    before: {
      ...Object.fromEntries(steps.map(({ before }, index) => [identified[index]?.declared.key ?? "", before])),
      ...removals.before,
    },
  };
}

/**
 * The name under which a section is known: its own, or the one that the program called it by before, where the device's section
 * is the same one.
 */
function knownAs({ declared, found }: Identified, known: Known, all: readonly Declared[]): string {
  const former = `${declared.package}.${found?.id}`;
  const renamed =
    found !== undefined && !found.anonymous && known[former] !== undefined && !all.some(({ key }) => key === former);
  return known[declared.key] === undefined && renamed ? former : declared.key;
}

/** A declared section, with one of its name in the way that we made ourselves as something else. */
interface Placed extends Identified {
  readonly replaces?: Section;
}

function withoutWrongType({ declared, found }: Identified, known: Known): Placed {
  if (!found || found.type === declared.type) return found ? { declared, found } : { declared };
  if (known[declared.key]?.was === "created") return { declared, replaces: found };
  throw new Refusal(
    `${declared.key} is declared as "${declared.type}", but the device has a section of that name that is a "${found.type}". ` +
      "Rename one of the two.",
  );
}

function deleteWrongType({ declared, replaces }: Placed): Operation[] {
  return replaces ? [{ kind: "delete-section", package: declared.package, section: replaces.id }] : [];
}

/** The steps of one declared section: naming it or making it, then its options. */
interface SectionSteps {
  readonly name: readonly Operation[];
  readonly options: readonly Operation[];
  readonly before: Before;
}

function declareSection({ declared, found }: Placed, known: Before | undefined, released: UciInputs["released"]): SectionSteps {
  const { package: name, name: section, type, options } = declared;
  const mode = declared.released ?? released;
  const current: Options = found?.options ?? new Map();
  // A section that we had, and that is gone: what was found in it is no longer there to be given back. Unless we took it away.
  const isThere = known?.type === undefined ? found !== undefined : mode === "restore";
  const kept = isThere ? known : undefined;
  const was = kept?.was ?? (found ? formOf(found) : "created");
  const owned = new Map(Object.entries(kept?.options ?? {}));
  const before = [...options.keys()].map((option): [string, Value] => [option, owned.get(option) ?? current.get(option) ?? []]);
  const dropped = [...owned].filter(([option]) => !options.has(option));
  const wanted = new Map([...dropped.map(([option, value]) => [option, givenBack(value, mode)] as const), ...options]);
  return {
    name: nameSteps(declared, found),
    options: [...wanted].flatMap(([option, value]) => setStep({ package: name, section, option, value }, current)),
    before: {
      was,
      options: Object.fromEntries(before),
      ...(declared.released ? { released: declared.released } : {}),
    },
  };

  function nameSteps({ package: where }: Declared, there: Section | undefined): Operation[] {
    if (!there) return [{ kind: "create", package: where, section, type }];
    if (there.id === section && !there.anonymous) return [];
    return [{ kind: "rename", package: where, section: there.id, name: section }];
  }
}

function moves(packages: Packages, order: UciInputs["order"]): Operation[] {
  return Object.entries(order).flatMap(([name, names]) => {
    const ids = (packages.get(name) ?? []).map(({ id }) => id);
    return movesTo(ids, ownOrder(ids, names)).map(
      ({ section, index }): Operation => ({ kind: "move", package: name, section, index }),
    );
  });
}
