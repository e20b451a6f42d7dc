import { type Declared, declaredSections } from "./declaration.ts";
import { type Identified, identify, Refusal } from "./identity.ts";
import type { Before, UciInputs } from "./inputs.ts";
import { isAbsent, type Options, type Packages, placeOf, type Section, sameValue, type Value } from "./model.ts";
import { afterOperations, type Operation } from "./operations.ts";
import { movesTo, ownOrder } from "./order.ts";

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
export type Wanted = Pick<UciInputs, "sections" | "settings" | "secrets" | "order" | "released">;

/** What a resource was, as far as a change needs it. */
export type Known = Readonly<Record<string, Before>>;

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
  const released = Object.entries(known)
    .filter(([key]) => !inherited.has(key))
    .flatMap(([key, before]) => releaseSection(key, before, packages, inputs.released));
  const identified = matched.map((one) => withoutWrongType(one, known));
  const steps = identified.map((one) => declareSection(one, known[owners.get(one.declared.key) ?? ""], inputs.released));
  const unordered = [
    ...released,
    ...identified.flatMap(deleteWrongType),
    ...steps.flatMap(({ name }) => name),
    ...steps.flatMap(({ options }) => options),
  ];
  const operations = [...unordered, ...moves(afterOperations(packages, unordered), inputs.order)];
  return {
    operations,
    after: afterOperations(packages, operations),
    before: Object.fromEntries(steps.map(({ before }, index) => [identified[index]?.declared.key ?? "", before])),
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
  // A section that we had, and that is gone: what was found in it is no longer there to be given back.
  const kept = found ? known : undefined;
  const was: Before["was"] = kept?.was ?? (!found ? "created" : found.anonymous ? "anonymous" : `named ${found.id}`);
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

function setStep(step: { package: string; section: string; option: string; value: Value }, current: Options): Operation[] {
  const has = current.get(step.option);
  if (isAbsent(step.value) ? has === undefined : sameValue(has, step.value)) return [];
  return [{ kind: "set", ...step, replaces: has !== undefined }];
}

/**
 * The steps that give up a section that the program no longer names. One that was there before us has options that are none of
 * ours: a radio without its `path` is dead until somebody finds out why.
 */
function releaseSection(key: string, before: Before, packages: Packages, released: UciInputs["released"]): Operation[] {
  const { package: name, section } = placeOf(key);
  const found = packages.get(name)?.find(({ id, anonymous }) => id === section && !anonymous);
  if (!found) return [];
  const mode = before.released ?? released;
  const isOurs = [...found.options.keys()].every((option) => Object.hasOwn(before.options, option));
  if (before.was === "created" || (mode === "remove" && isOurs)) return [{ kind: "delete-section", package: name, section }];
  const options = Object.entries(before.options).flatMap(([option, value]) =>
    setStep({ package: name, section, option, value: givenBack(value, mode) }, found.options),
  );
  const formerName = before.was.startsWith("named ") ? before.was.slice("named ".length) : section;
  // A rename to a name that is taken would make one section of two.
  if (formerName === section || packages.get(name)?.some(({ id }) => id === formerName)) return options;
  return [...options, { kind: "rename", package: name, section, name: formerName }];
}

function givenBack(before: Value, released: UciInputs["released"]): Value {
  return released === "restore" ? before : [];
}

function moves(packages: Packages, order: UciInputs["order"]): Operation[] {
  return Object.entries(order).flatMap(([name, names]) => {
    const ids = (packages.get(name) ?? []).map(({ id }) => id);
    return movesTo(ids, ownOrder(ids, names)).map(
      ({ section, index }): Operation => ({ kind: "move", package: name, section, index }),
    );
  });
}
