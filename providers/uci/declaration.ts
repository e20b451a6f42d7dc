import type { SectionInput, UciInputs } from "./inputs.ts";
import { type Place, placeOf, placeProblem, typeProblem, type Value, valueProblem } from "./model.ts";

/** A declared section with its options, secret ones too. */
export interface Declared extends SectionInput {
  /** `network.lan`. */
  readonly key: string;
  readonly package: string;
  readonly name: string;
  readonly options: ReadonlyMap<string, Value>;
}

/** The declared sections, in the order of the inputs. Takes inputs without problems. */
export function declaredSections(inputs: Pick<UciInputs, "sections" | "settings" | "secrets">): readonly Declared[] {
  const options = new Map<string, Map<string, Value>>();
  for (const [key, value] of [...Object.entries(inputs.settings), ...Object.entries(inputs.secrets)]) {
    const { package: name, section, option = "" } = placeOf(key);
    const at = `${name}.${section}`;
    options.set(at, (options.get(at) ?? new Map()).set(option, value));
  }
  return Object.entries(inputs.sections).map(([key, section]) => {
    const place = placeOf(key);
    return { ...section, key, package: place.package, name: place.section, options: options.get(key) ?? new Map() };
  });
}

/** A member of the inputs that is wrong. */
export interface InputProblem {
  readonly property: "sections" | "absent" | "settings" | "secrets" | "order" | "software";
  readonly reason: string;
}

/**
 * All that is wrong with inputs and can be known without the device: nothing is sent while there is any.
 * @param isUnknown tells values that Pulumi does not know yet; they are not judged
 */
export function inputProblems(inputs: UciInputs, isUnknown: (value: unknown) => boolean = () => false): readonly InputProblem[] {
  return [
    ...(["sections", "absent"] as const).flatMap((property) =>
      Object.entries(inputs[property]).flatMap(([key, section]) => sectionProblems(property, key, section)),
    ),
    ...Object.keys(inputs.absent)
      .filter((key) => Object.hasOwn(inputs.sections, key))
      .map((key): InputProblem => ({ property: "absent", reason: `${key} is declared too, so that it must be there` })),
    ...optionProblems("settings", inputs, isUnknown),
    ...optionProblems("secrets", inputs, isUnknown),
    ...Object.keys(inputs.secrets)
      .filter((key) => Object.hasOwn(inputs.settings, key))
      .map((key): InputProblem => ({ property: "secrets", reason: `${key} is declared twice, once as a secret` })),
    ...orderProblems(inputs),
    ...inputs.software
      .flatMap(({ name, replaces }) => (replaces === undefined ? [name] : [name, replaces]))
      .filter((name) => !/^[a-z0-9][a-z0-9+._-]*$/i.test(name))
      .map((name): InputProblem => ({ property: "software", reason: `"${name}" is no name of an OpenWrt package` })),
  ];
}

function sectionProblems(property: "sections" | "absent", key: string, { type, match }: SectionInput): InputProblem[] {
  const place = parsed(key);
  const wrong =
    typeof place === "string"
      ? place
      : place.option !== undefined
        ? `"${key}" names an option where a section belongs`
        : (placeProblem(place) ?? typeProblem(type));
  const options = Object.keys(match ?? {}).map((option) => placeProblem({ package: "p", section: "s", option }));
  return [wrong, ...options]
    .filter((reason) => reason !== undefined)
    .map((reason) => ({ property, reason: `${key}: ${reason}` }));
}

function optionProblems(
  property: "settings" | "secrets",
  inputs: UciInputs,
  isUnknown: (value: unknown) => boolean,
): InputProblem[] {
  return Object.entries(inputs[property]).flatMap(([key, value]) => {
    const reason = optionProblem(key, value, inputs, isUnknown);
    return reason === undefined ? [] : [{ property, reason: `${key} ${reason}` }];
  });
}

function optionProblem(key: string, value: Value, inputs: UciInputs, isUnknown: (value: unknown) => boolean): string | undefined {
  const place = parsed(key);
  if (typeof place === "string") return place;
  if (place.option === undefined) return "names a section where an option belongs";
  const names = placeProblem(place);
  if (names) return names;
  if (!Object.hasOwn(inputs.sections, `${place.package}.${place.section}`)) return "is in a section that is not declared";
  if (isUnknown(value) || (Array.isArray(value) && value.some(isUnknown))) return undefined;
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (items.some((item) => typeof item !== "string")) return "must be text or a list of texts";
  return valueProblem(value);
}

function orderProblems({ order, sections }: UciInputs): InputProblem[] {
  return Object.entries(order).flatMap(([name, names]) => [
    ...names
      .filter((section) => !Object.hasOwn(sections, `${name}.${section}`))
      .map((section): InputProblem => ({ property: "order", reason: `${name}.${section} is not declared` })),
    ...names
      .filter((section, index) => names.indexOf(section) !== index)
      .map((section): InputProblem => ({ property: "order", reason: `${name}.${section} stands there twice` })),
  ]);
}

function parsed(key: string): Place | string {
  try {
    return placeOf(key);
  } catch (error) {
    return (error as Error).message;
  }
}
