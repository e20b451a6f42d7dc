/**
 * A router's configuration in OpenWrt's words (UCI): packages hold sections, sections have a type and options. The builders of
 * this folder each give a part of it; put together they are what a router must have. Nothing here knows how it gets there.
 */

/** An option's value. Empty: the option must not be there. */
export type UciValue = string | readonly string[];

/** A section and what it is known by where a device has it under no name, or another one. */
export interface UciSection {
  readonly type: string;
  readonly match?: Readonly<Record<string, string>>;
  /** What a device has in any case (its radios, its ssh server): no longer planned, it is given back as it was found. */
  readonly released?: "restore";
}

/** A command of the router that must succeed before a change is kept. */
export interface RouterProbe {
  readonly name: string;
  readonly command: readonly string[];
}

/** A part of a router's configuration, or all of it. Keys are `package.section` and `package.section.option`. */
export interface Part {
  readonly sections: Readonly<Record<string, UciSection>>;
  /** Sections that must not be there. */
  readonly absent: Readonly<Record<string, UciSection>>;
  readonly settings: Readonly<Record<string, UciValue>>;
  /** Options whose value is a secret that only the components know: its name, such as `wifi.users`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** By package: sections whose order matters, first to last. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  readonly software: readonly { readonly name: string; readonly replaces?: string }[];
  readonly probes: readonly RouterProbe[];
}

const NOTHING: Part = { sections: {}, absent: {}, settings: {}, secrets: {}, order: {}, software: [], probes: [] };

/** Options of a section; `undefined` is not named at all, so that whatever the device has stays. */
export type SectionOptions = Readonly<Record<string, UciValue | undefined>>;

/** What is unusual about a section. */
export interface SectionExtras {
  readonly match?: UciSection["match"];
  readonly released?: UciSection["released"];
  /** Option → name of the secret. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Its place among those of its package counts. */
  readonly ordered?: boolean;
}

/**
 * One section.
 * @param key `network.lan`
 */
export function section(key: string, type: string, options: SectionOptions, extras: SectionExtras = {}): Part {
  const [name = "", id = ""] = key.split(".");
  const named = Object.entries(options).filter((entry): entry is [string, UciValue] => entry[1] !== undefined);
  const under = <T>(entries: readonly [string, T][]) =>
    Object.fromEntries(entries.map(([option, value]): [string, T] => [`${key}.${option}`, value]));
  return {
    ...NOTHING,
    sections: { [key]: uciSection(type, extras) },
    settings: under(named),
    secrets: under(Object.entries(extras.secrets ?? {})),
    order: extras.ordered ? { [name]: [id] } : {},
  };
}

/** How a device knows a section, without what is not said. */
export function uciSection(type: string, { match, released }: Pick<SectionExtras, "match" | "released">): UciSection {
  return { type, ...(match ? { match } : {}), ...(released ? { released } : {}) };
}

/** OpenWrt packages that a part needs. */
export function software(...names: readonly (string | { readonly name: string; readonly replaces: string })[]): Part {
  return { ...NOTHING, software: names.map((name) => (typeof name === "string" ? { name } : name)) };
}

/** Something that must be so before a change is kept. */
export function probe(name: string, ...command: readonly string[]): Part {
  return { ...NOTHING, probes: [{ name, command }] };
}

/**
 * Parts put together.
 * @throws Error where two of them have the same section: the second would change the first without a word
 */
export function together(parts: readonly Part[]): Part {
  const seen = new Set<string>();
  for (const key of parts.flatMap(({ sections }) => Object.keys(sections))) {
    if (seen.has(key)) throw new Error(`${key} is made twice`);
    seen.add(key);
  }
  const packages = new Set(parts.flatMap(({ order }) => Object.keys(order)));
  const names = new Set<string>();
  return {
    sections: Object.assign({}, ...parts.map(({ sections }) => sections)),
    absent: Object.assign({}, ...parts.map(({ absent }) => absent)),
    settings: Object.assign({}, ...parts.map(({ settings }) => settings)),
    secrets: Object.assign({}, ...parts.map(({ secrets }) => secrets)),
    order: Object.fromEntries([...packages].map((name) => [name, parts.flatMap(({ order }) => order[name] ?? [])])),
    software: parts.flatMap((part) => part.software).filter(({ name }) => !names.has(name) && names.add(name)),
    probes: parts.flatMap(({ probes }) => probes),
  };
}

/** A name for a section: letters, digits and `_` only. */
export function sectionName(...words: readonly string[]): string {
  return words
    .join("_")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
}
