/**
 * The words of UCI, OpenWrt's configuration: packages (files in `/etc/config`) hold sections, sections have a type and options.
 */

/** An option's value. One text and a list of one text are two different things to UCI. */
export type Value = string | readonly string[];

/** Options by name, in the device's order. A map: an option may be named `constructor`. */
export type Options = ReadonlyMap<string, Value>;

/** A section as a device has it. */
export interface Section {
  /** Its name; of an anonymous section the id of the moment (`cfg06fe63`), which is never kept: it belongs to the position. */
  readonly id: string;
  readonly anonymous: boolean;
  readonly type: string;
  readonly options: Options;
}

/** Packages by name, each with its sections in order. */
export type Packages = ReadonlyMap<string, readonly Section[]>;

/** Where a section or an option is: `network.lan`, `network.lan.ipaddr`. */
export interface Place {
  readonly package: string;
  readonly section: string;
  readonly option?: string;
}

/** Names of sections and options: anything else makes UCI drop the line, some of it without a word. */
const NAME = /^[A-Za-z0-9_]+$/;
/** Types may have hyphens (`bridge-vlan`); the CLI takes more, and then cannot read the file any more. */
const TYPE = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
/** Packages are file names (`prometheus-node-exporter-lua`). */
const PACKAGE = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
/** An anonymous section's id of the moment. A section with such a name could not be told from one. */
const POSITIONAL = /^cfg[0-9a-f]{6,}$/;

/** Bytes of one value: far more than any program on OpenWrt reads, and measured to come back whole. */
const MAX_BYTES = 65_536;

/**
 * `network.lan.ipaddr` in its parts.
 * @throws Error for what is no place
 */
export function placeOf(key: string): Place {
  const [name = "", section = "", option, ...rest] = key.split(".");
  if (rest.length > 0 || section === "" || option === "") {
    throw new Error(`"${key}" is no place in a configuration: write package.section or package.section.option`);
  }
  return option === undefined ? { package: name, section } : { package: name, section, option };
}

/** What is wrong with the names of a place, or undefined. */
export function placeProblem({ package: name, section, option }: Place): string | undefined {
  if (!PACKAGE.test(name)) return `"${name}" is no name of a package: letters, digits, _ and -`;
  if (!NAME.test(section)) return `"${section}" is no name of a section: letters, digits and _`;
  if (POSITIONAL.test(section))
    return `"${section}" looks like the id of a section without a name, which changes with its position`;
  if (option !== undefined && !NAME.test(option)) return `"${option}" is no name of an option: letters, digits and _`;
  return undefined;
}

/** What is wrong with the type of a section, or undefined. */
export function typeProblem(type: string): string | undefined {
  return TYPE.test(type) ? undefined : `"${type}" is no type of a section: letters, digits, _ and -`;
}

/**
 * What is wrong with a value, or undefined. UCI drops a value with a control byte and says that all went well, so it is refused
 * here. The value is not in the answer: it may be a secret.
 */
export function valueProblem(value: Value): string | undefined {
  const items = typeof value === "string" ? [value] : value;
  for (const item of items) {
    const control = [...item].find((character) => character < " " && !"\t\n\r".includes(character));
    if (control !== undefined) {
      const code = control.charCodeAt(0).toString(16).padStart(2, "0");
      return `holds the control byte 0x${code}, which UCI drops together with the whole value`;
    }
    if (!item.isWellFormed()) return "holds half a character (a lone surrogate), which has no bytes in UTF-8";
    if (Buffer.byteLength(item) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  }
  return undefined;
}

/** Whether a value says that the option must not be there: UCI has no empty text and no empty list. */
export function isAbsent(value: Value): boolean {
  return value.length === 0;
}

/** Whether two values are the same to UCI. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || b === undefined || typeof a === "string" || typeof b === "string") return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** The words of a value: the items of a list, or the words of a text, since programs read `'lan wan'` as two. */
export function wordsOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  return (typeof value === "string" ? [value] : value).flatMap((item) => item.split(/\s+/)).filter((word) => word !== "");
}

/** The text of an option that has one; of a list the first item. */
export function textOf(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
