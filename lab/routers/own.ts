import type { OwnConfig } from "./model.ts";
import { type Part, type UciSection, type UciValue, uciSection } from "./part.ts";
import { ownSecret } from "./secrets.ts";

/**
 * What a device has of its own, laid over what the plan makes for it: sections and options besides, options with other values,
 * and what it shall do without.
 * @param router its name, which its secrets carry
 */
export function withOwn(router: string, part: Part, own: OwnConfig | undefined): Part {
  if (!own) return part;
  const without = new Set(own.without);
  const stays = (place: string) => !without.has(place) && !without.has(sectionOf(place));
  const options = ownOptions(own);
  const secrets = ownSecrets(router, own);
  const sections = { ...only(part.sections, stays), ...ownSections(own, part.sections) };
  return {
    sections,
    absent: only(part.absent, (place) => stays(place) && !(place in sections)),
    settings: { ...only(part.settings, (place) => stays(place) && !(place in secrets)), ...options },
    secrets: { ...only(part.secrets, (place) => stays(place) && !(place in options)), ...secrets },
    order: orderOf(part.order, own.order, sections),
    software: [
      ...part.software.filter(({ name }) => !without.has(name) && !own.software.includes(name)),
      ...own.software.map((name) => ({ name })),
    ],
    probes: part.probes,
  };
}

/** Of what a device shall do without: what the plan does not make for it anyway. */
export function withoutNothing(part: Part, own: OwnConfig): readonly string[] {
  const known = new Set([
    ...[part.sections, part.absent, part.settings, part.secrets].flatMap(Object.keys),
    ...part.software.map(nameOf),
  ]);
  return own.without.filter((one) => !known.has(one));
}

/** The places of secrets that only this device has, with their names. */
function ownSecrets(router: string, { sections }: OwnConfig): Readonly<Record<string, string>> {
  const places = Object.entries(sections).flatMap(([key, { secrets }]) => secrets.map((option) => `${key}.${option}`));
  return Object.fromEntries(places.map((place) => [place, ownSecret(router, place)]));
}

function ownOptions({ sections }: OwnConfig): Readonly<Record<string, UciValue>> {
  const all = Object.entries(sections).flatMap(([key, { options }]) =>
    Object.entries(options).map(([option, value]): [string, UciValue] => [`${key}.${option}`, value]),
  );
  return Object.fromEntries(all);
}

/**
 * A section is found by the plan's `match`, unless the device says otherwise. A radio is given back as it was found even where the
 * plan has none: only its driver can say what stands there.
 */
function ownSections({ sections }: OwnConfig, planned: Part["sections"]): Readonly<Record<string, UciSection>> {
  const entries = Object.entries(sections).map(([key, { type, match }]): [string, UciSection] => {
    const { match: known, released = type === "wifi-device" ? "restore" : undefined } = planned[key] ?? {};
    return [key, uciSection(type, { match: match ?? known, released })];
  });
  return Object.fromEntries(entries);
}

/** What the device puts in order comes first, in its order; what only the plan does, after it. */
function orderOf(planned: Part["order"], own: OwnConfig["order"], sections: Part["sections"]): Part["order"] {
  const packages = [...new Set([...Object.keys(planned), ...Object.keys(own)])];
  const entries = packages.map((name): [string, readonly string[]] => {
    const all = new Set([...(own[name] ?? []), ...(planned[name] ?? [])]);
    return [name, [...all].filter((section) => `${name}.${section}` in sections)];
  });
  return Object.fromEntries(entries);
}

function only<T>(all: Readonly<Record<string, T>>, stays: (place: string) => boolean): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([place]) => stays(place)));
}

/** `network.lan` of `network.lan.ipaddr`. */
function sectionOf(place: string): string {
  return place.split(".").slice(0, 2).join(".");
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}
