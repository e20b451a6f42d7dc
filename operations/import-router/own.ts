import type { OwnConfig, OwnSection } from "../../lab/routers/model.ts";
import { withOwn } from "../../lab/routers/own.ts";
import { type Part, sectionName, type UciValue } from "../../lab/routers/part.ts";
import { danglingReferences } from "../../lab/routers/references.ts";
import { ownSecret, secretProblem } from "../../lab/routers/secrets.ts";
import { assignsSecret, isSecretName, isSecretText } from "../../policy/secret-values.ts";
import { byLabel } from "../../providers/uci/differences.ts";
import { identify, isThere } from "../../providers/uci/identity.ts";
import {
  isAbsent,
  type Packages,
  placeProblem,
  type Section,
  sameValue,
  textOf,
  type Value,
  valueProblem,
} from "../../providers/uci/model.ts";

/** What a device has besides what the plan makes for it. */
export interface Own {
  readonly own: OwnConfig;
  /** Secrets to be given, by name, as the device has them. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What stays on the device undeclared, each with its reason. */
  readonly left: readonly string[];
}

/** A section of the device under the name that the program is to know it by. */
interface Known {
  readonly key: string;
  readonly section: Section;
  /** Where the device has it under that name, or the plan knows how to find it: none. */
  readonly match?: Readonly<Record<string, string>> | undefined;
}

/**
 * Names of secrets that OpenWrt has besides those that the policy knows. One too many does no harm: it is encrypted, and read as
 * before, or a list stays where it is.
 */
const SECRET = /^(key\d?|.*(passw|passphrase|secret|private_?key|preshared_?key|psk|token)\w*|.*pin(_?code)?)$/i;
const NO_SECRET = /(^ft_psk_generate_local|auth|_file|_path)$/i;

/** Sections of these types are gone through from the first to the last. */
const ORDERED = new Set(["rule", "redirect", "nat", "policy"]);

/**
 * What has to be declared beside the plan, so that plan and device are the same.
 * @param router its name
 * @param planned what network and role make of it
 * @param packages what the device has
 * @param software what the device has, of what the plan wants
 * @param known values of secrets that are given or made already
 */
export function ownOf(
  router: string,
  planned: Part,
  packages: Packages,
  software: readonly string[],
  known: Readonly<Record<string, string>>,
): Own {
  const { sections, left } = knownSections(planned, packages);
  const secrets: Record<string, string> = {};
  const secret = (place: string, value: string, shared: string | undefined) => {
    const usual = shared === undefined ? undefined : (known[shared] ?? secrets[shared]);
    const isShared = shared !== undefined && (usual === undefined || usual === value) && !secretProblem(shared, value);
    if (!isShared) secrets[ownSecret(router, place)] = value;
    else if (usual === undefined) secrets[shared] = value;
    return isShared;
  };
  const declared = new Map(sections.map((one) => [one.key, ownSection(one, planned, secret)]));
  const lists = sections.flatMap((one) => secretLists(one, planned).map((option) => ({ key: one.key, option })));
  const missing = [
    ...Object.keys(planned.sections).filter((key) => !declared.has(key)),
    ...sections.flatMap((one) => missingOptions(one, planned)),
    ...lists
      .map(({ key, option }) => `${key}.${option}`)
      .filter((place) => place in planned.settings || place in planned.secrets),
    ...planned.software.map(({ name }) => name).filter((name) => !software.includes(name)),
  ];
  const own: OwnConfig = {
    software: [],
    sections: Object.fromEntries([...declared].filter((entry): entry is [string, OwnSection] => entry[1] !== undefined)),
    order: orderOf(sections, planned),
    without: missing,
  };
  const labels = new Map(
    [...packages].flatMap(([name, all]) => [...byLabel(name, all)].map(([label, section]) => [section, label])),
  );
  const labelOf = (key: string) => labels.get(sections.find((one) => one.key === key)?.section as Section) ?? key;
  const leftLists = lists.map(
    ({ key, option }) => `${labelOf(key)}.${option}: is a list with a secret, and only a text goes encrypted`,
  );
  const found = withoutDangling(router, planned, { own, secrets, left: [...left, ...leftLists] }, labelOf);
  const allowed = allowedSections(withOwn(router, planned, found.own), sections, packages);
  return { ...found, own: { ...found.own, without: [...found.own.without, ...allowed] } };
}

/** Sections that must not be there by the plan, and stay there undeclared: the import changes nothing. */
function allowedSections({ sections, absent }: Part, known: readonly Known[], packages: Packages): readonly string[] {
  const declared = new Set(known.filter(({ key }) => key in sections).map(({ section }) => section));
  return Object.entries(absent).flatMap(([key, section]) => (isThere(key, section, packages, declared) ? [key] : []));
}

/** The device's sections with the names that they are to have. */
function knownSections(planned: Part, packages: Packages): { sections: readonly Known[]; left: readonly string[] } {
  const taken = new Map<Section, Known>();
  const plannedKeys = Object.keys(planned.sections);
  for (const key of plannedKeys) {
    const { type = "", match } = planned.sections[key] ?? {};
    const section = findSection(packages, key, type, match);
    if (section?.type === type && !taken.has(section)) taken.set(section, { key, section });
  }
  // A Wi-Fi of the plan may be on the device under another name, most often OpenWrt's own (`default_radio0`).
  for (const key of plannedKeys.filter((one) => ![...taken.values()].some((known) => known.key === one))) {
    const match = wifiKey(planned, key);
    const section = match && findSection(packages, key, "wifi-iface", match);
    if (section) taken.set(section, { key, section, match });
  }
  const names = new Set([...plannedKeys, ...[...packages].flatMap(([name, all]) => all.map(({ id }) => `${name}.${id}`))]);
  const left: string[] = [];
  for (const [name, all] of packages) {
    for (const [label, section] of byLabel(name, all)) {
      if (taken.has(section)) continue;
      const one = section.anonymous
        ? anonymousSection(name, section, packages, names)
        : { key: `${name}.${section.id}`, section };
      const reason = one ? sectionReason(one) : "another is just like it, and has no name either";
      if (one && reason === undefined) {
        taken.set(section, one);
        names.add(one.key);
      } else left.push(`${label}: ${reason}`);
    }
  }
  return { sections: [...packages.values()].flatMap((all) => all.flatMap((section) => taken.get(section) ?? [])), left };
}

/** Why a section cannot be declared, or undefined. */
function sectionReason({ key, section }: Known): string | undefined {
  const [name = "", id = ""] = key.split(".");
  const place = placeProblem({ package: name, section: id });
  if (place) return place;
  const options = [...section.options].map(([option, value]) => {
    // YAML's reader would take it for something else.
    if (option === "__proto__") return `"${option}" cannot be written down`;
    return placeProblem({ package: name, section: id, option }) ?? valueProblem(value);
  });
  return options.find((problem) => problem !== undefined);
}

/** The section that a declared one would be taken for, or undefined. */
function findSection(
  packages: Packages,
  key: string,
  type: string,
  match: Readonly<Record<string, string>> | undefined,
): Section | undefined {
  const [name = "", id = ""] = key.split(".");
  const declared = { key, package: name, name: id, type, options: new Map(), ...(match ? { match } : {}) };
  try {
    return identify([declared], packages)[0]?.found;
  } catch {
    return undefined;
  }
}

function wifiKey({ sections, settings }: Part, key: string): Readonly<Record<string, string>> | undefined {
  const [device, ssid] = [settings[`${key}.device`], settings[`${key}.ssid`]];
  if (sections[key]?.type !== "wifi-iface" || typeof device !== "string" || typeof ssid !== "string") return undefined;
  return { device, ssid };
}

/** What a section without a name may be known by: the first that fits it alone. */
const NATURAL_KEYS = [["name"], ["mac"], ["device", "vlan"], ["src", "dest"], ["public_key"], ["interface"], ["ssid", "device"]];

/** A section without a name: what to call it, and how to find it. Undefined where nothing tells it from another. */
function anonymousSection(name: string, section: Section, packages: Packages, taken: ReadonlySet<string>): Known | undefined {
  const texts = [...section.options]
    .filter(([option, value]) => !isSecret(option, value))
    .flatMap(([option, value]): [string, string][] => [[option, textOf(value) ?? ""]])
    .filter(([, text]) => text !== "");
  const only = (options: readonly string[]) => Object.fromEntries(texts.filter(([option]) => options.includes(option)));
  const natural = NATURAL_KEYS.map((options) => only(options)).filter((match) => Object.keys(match).length > 0);
  const key = freeName(name, section, natural[0] ?? {}, taken);
  const match = [{}, ...natural, Object.fromEntries(texts)].find(
    (candidate) => findSection(packages, key, section.type, candidate) === section,
  );
  return match && { key, section, match };
}

function freeName(name: string, { type }: Section, match: Readonly<Record<string, string>>, taken: ReadonlySet<string>): string {
  const base = `${name}.${sectionName(type, ...Object.values(match)) || "section"}`;
  for (let number = 1; ; number += 1) {
    const key = number === 1 ? base : `${base}_${number}`;
    if (!taken.has(key)) return key;
  }
}

/** Whether it must not be written down in clear, by its name or by what it holds (`--token=…`). */
function isSecret(option: string, value: Value): boolean {
  const texts = typeof value === "string" ? [value] : value;
  return isSecretOption(option) || texts.some((text) => isSecretText(text) || assignsSecret(text, isSecretOption));
}

function isSecretOption(name: string): boolean {
  return isSecretName(name) || (SECRET.test(name) && !NO_SECRET.test(name));
}

/** Options whose lists hold a secret: they stay on the device, since what is given encrypted is one text. */
function secretLists({ key, section }: Known, planned: Part): readonly string[] {
  return [...section.options].flatMap(([option, value]) => {
    const place = `${key}.${option}`;
    if (typeof value === "string" || isAbsent(value) || sameValue(value, planned.settings[place])) return [];
    return place in planned.secrets || isSecret(option, value) ? [option] : [];
  });
}

/**
 * What has to be said of a section beside the plan; undefined: nothing.
 * @param giveSecret notes a secret; says whether it is the one that the plan has there
 */
function ownSection(
  { key, section, match }: Known,
  planned: Part,
  giveSecret: (place: string, value: string, shared: string | undefined) => boolean,
): OwnSection | undefined {
  const options = new Map<string, UciValue>();
  const secrets: string[] = [];
  const left = secretLists({ key, section }, planned);
  for (const [option, value] of section.options) {
    const place = `${key}.${option}`;
    if (isAbsent(value) || sameValue(value, planned.settings[place]) || left.includes(option)) continue;
    const shared = planned.secrets[place];
    if (typeof value !== "string" || (shared === undefined && !isSecret(option, value))) options.set(option, value);
    else if (!giveSecret(place, value, shared)) secrets.push(option);
  }
  const isPlanned = planned.sections[key]?.type === section.type && match === undefined;
  if (isPlanned && options.size === 0 && secrets.length === 0) return undefined;
  return { type: section.type, ...(match ? { match } : {}), options: Object.fromEntries(options), secrets };
}

/** Options that the plan wants of a section, and the device has not. */
function missingOptions({ key, section }: Known, { settings, secrets }: Part): readonly string[] {
  const isOf = (place: string) => place.startsWith(`${key}.`) && !section.options.has(place.slice(key.length + 1));
  const wanted = Object.entries(settings).filter(([, value]) => !isAbsent(value));
  return [...wanted.map(([place]) => place), ...Object.keys(secrets)].filter(isOf);
}

/** By package, the order of the device where it has sections of its own in it, or another one than the plan. */
function orderOf(sections: readonly Known[], planned: Part): OwnConfig["order"] {
  const ordered = sections.filter(({ key, section }) => {
    const [name = "", id = ""] = key.split(".");
    return ORDERED.has(section.type) || planned.order[name]?.includes(id);
  });
  const byPackage = Map.groupBy(ordered, ({ key }) => key.split(".")[0] ?? "");
  const entries = [...byPackage].flatMap(([name, all]): [string, readonly string[]][] => {
    const ids = all.map(({ key }) => key.slice(name.length + 1));
    const wanted = (planned.order[name] ?? []).filter((id) => ids.includes(id));
    const isPlanned = all.every(({ key }) => planned.sections[key] !== undefined);
    const isInOrder = ids.filter((id) => wanted.includes(id)).every((id, index) => id === wanted[index]);
    return ids.length < 2 || (isPlanned && isInOrder) ? [] : [[name, ids]];
  });
  return Object.fromEntries(entries);
}

/**
 * Leaves alone what names something that the device does not have: the preview would refuse it.
 * @param labelOf what a person calls the device's section that is to have a key
 */
function withoutDangling(router: string, planned: Part, found: Own, labelOf: (key: string) => string): Own {
  const [place] = danglingReferences(withOwn(router, planned, found.own));
  if (place === undefined) return found;
  const [name = "", id = ""] = place.split(".");
  const key = `${name}.${id}`;
  const { own } = found;
  const isPlanned = planned.sections[key] !== undefined;
  return withoutDangling(
    router,
    planned,
    {
      own: {
        ...own,
        sections: Object.fromEntries(Object.entries(own.sections).filter(([other]) => other !== key)),
        order: without(own.order, key),
        without: [...own.without.filter((one) => !one.startsWith(`${key}.`)), ...(isPlanned ? [key] : [])],
      },
      secrets: Object.fromEntries(
        Object.entries(found.secrets).filter(([secret]) => !secret.startsWith(ownSecret(router, `${key}.`))),
      ),
      left: [...found.left, `${labelOf(key)}: names what is not there (${place})`],
    },
    labelOf,
  );
}

function without(order: OwnConfig["order"], key: string): OwnConfig["order"] {
  const entries = Object.entries(order).map(([name, ids]) => [name, ids.filter((id) => `${name}.${id}` !== key)] as const);
  return Object.fromEntries(entries.filter(([, ids]) => ids.length > 0));
}
