import { declaredSections } from "./declaration.ts";
import { byLabel } from "./differences.ts";
import { type Identified, identify, isThere } from "./identity.ts";
import { inputsOf, type UciInputs } from "./inputs.ts";
import { isAbsent, type Packages, type Section, sameValue, textOf, type Value } from "./model.ts";
import type { Reading } from "./reading.ts";

/**
 * The inputs as the device has them: what was declared, with everything that differs in its place, so that Pulumi's diff reads as
 * what happened on the device. Values of secret options that differ are not shown: state would hold them in clear.
 *
 * @param declared the inputs in state
 * @throws Error for a package that UCI cannot read
 */
export function observedInputs(declared: UciInputs, reading: Reading): UciInputs {
  const sections: Record<string, UciInputs["sections"][string]> = {};
  const settings: Record<string, Value> = {};
  const secrets: Record<string, Value> = {};
  const found: Record<string, string> = {};
  for (const { declared: section, found: there } of identified(declared, reading.packages)) {
    if (!there) continue;
    const { key } = section;
    sections[key] = { ...declared.sections[key], type: there.type };
    if (there.anonymous || there.id !== section.name) found[key] = "has lost its name";
    for (const [option, value] of section.options) {
      const place = `${key}.${option}`;
      const now = there.options.get(option);
      if (!Object.hasOwn(declared.secrets, place)) {
        if (now !== undefined || isAbsent(value)) settings[place] = now ?? value;
      } else if (sameValue(now, value) || (now === undefined && isAbsent(value))) secrets[place] = value;
      // Not even a hash of it: state holds that in clear, and a passphrase could be guessed by it.
      else found[place] = now === undefined ? "is missing" : "its secret value is another";
    }
  }
  const absent = observedAbsent(declared, reading.packages);
  const order = observedOrder(declared.order, reading.packages);
  const software = declared.software.filter(({ name }) => reading.software.includes(name));
  return inputsOf({ ...declared, sections, absent, settings, secrets, order, software, found });
}

/** Sections that are on the device but cannot be told apart are shown as missing; an update says what to do. */
function identified(declared: UciInputs, packages: Packages): readonly Identified[] {
  return declaredSections(declared).flatMap((section) => {
    try {
      return identify([section], packages);
    } catch {
      return [];
    }
  });
}

/** What must not be there, and is not. */
function observedAbsent(declared: UciInputs, packages: Packages): UciInputs["absent"] {
  const ours = new Set(identified(declared, packages).flatMap(({ found }) => found ?? []));
  // A state that an earlier version of the program wrote has none.
  const absent = Object.entries(declared.absent ?? {}).filter(([key, section]) => !isThere(key, section, packages, ours));
  return Object.fromEntries(absent);
}

function observedOrder(order: UciInputs["order"], packages: Packages): UciInputs["order"] {
  return Object.fromEntries(
    Object.entries(order).map(([name, names]) => {
      const present = (packages.get(name) ?? []).map(({ id }) => id).filter((id) => names.includes(id));
      // What is missing is shown where it was declared as a section; here it would only hide the order of the rest.
      const rest = names.filter((section) => present.includes(section));
      return [name, rest.every((section, index) => section === present[index]) ? names : present];
    }),
  );
}

/** Sections that nobody declared, of the types that the program declares, as a person would name them. */
export function unmanagedSections(declared: UciInputs, packages: Packages): readonly string[] {
  const ours = new Set(identified(declared, packages).map(({ found }) => found));
  const types = new Set(Object.entries(declared.sections).map(([key, { type }]) => `${key.split(".")[0]} ${type}`));
  return [...packages].flatMap(([name, sections]) =>
    [...byLabel(name, sections)]
      .filter(([, section]) => !ours.has(section) && types.has(`${name} ${section.type}`))
      .map(([label, section]) => nameOf(label, name, section)),
  );
}

/** A position says nothing, and shifts with every section: what a person calls it does. */
function nameOf(label: string, name: string, { anonymous, type, options }: Section): string {
  if (!anonymous) return `${label} (${type})`;
  const title = TITLES.map((names) => names.map((option) => textOf(options.get(option)))).find(([first]) => first !== undefined);
  return `${name}: ${type}${title ? ` "${title.filter((text) => text !== undefined).join(" ")}"` : " without a name"}`;
}

/** What a person knows a section by, the first that it has. */
const TITLES = [["name"], ["ssid"], ["device", "vlan"], ["src", "dest"], ["interface"]] as const;
