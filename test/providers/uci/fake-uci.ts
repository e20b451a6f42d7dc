import type { Packages, Section, Value } from "../../../providers/uci/model.ts";

/*
 * UCI in memory, as far as the provider uses it, after the recordings of the real one: the grammar of `uci batch`, what its
 * commands do, what `uci changes` prints, how ids of sections without a name come about. Written without the provider's code.
 */

interface StoredSection {
  name?: string;
  id: string;
  type: string;
  options: Map<string, Value>;
}

/** A device's configuration. */
export class FakeUci {
  #packages = new Map<string, StoredSection[]>();

  /** @param packages sections by package; `name` undefined for one without */
  constructor(packages: Record<string, { name?: string; type: string; options: Record<string, Value> }[]>) {
    for (const [name, sections] of Object.entries(packages)) {
      this.#packages.set(
        name,
        sections.map(({ options, ...rest }) => ({ ...rest, id: "", options: new Map(Object.entries(options)) })),
      );
    }
    this.#number();
  }

  /** Ids follow the position and the type, and shift with each commit. */
  #number(): void {
    for (const sections of this.#packages.values()) {
      sections.forEach((section, index) => {
        let hash = 5381;
        for (const byte of Buffer.from(section.type)) hash = (Math.imul(hash, 33) + byte) >>> 0;
        const counter = (index + 1).toString(16).padStart(2, "0");
        section.id = section.name ?? `cfg${counter}${(hash & 0xffff).toString(16).padStart(4, "0")}`;
      });
    }
  }

  /** `uci batch`, then commit. Gives what `uci changes` printed in between, by package, and stderr. */
  batch(text: string): { changes: Map<string, string>; errors: string[] } {
    const changes = new Map<string, string>();
    const errors: string[] = [];
    for (const words of commands(text)) {
      try {
        const [name, line] = this.#run(words);
        changes.set(name, (changes.get(name) ?? "") + line);
      } catch (error) {
        errors.push((error as Error).message);
      }
    }
    this.#number();
    return { changes, errors };
  }

  #run([verb = "", argument = ""]: string[]): [name: string, line: string] {
    const [, place = "", , value] = /^([^=]+)(=([\s\S]*))?$/.exec(argument) ?? [];
    const [name = "", id = "", option] = place.split(".");
    const sections = this.#packages.get(name);
    if (!sections) throw new Error("Entry not found");
    const index = sections.findIndex((section) => section.id === id);
    const section = sections[index];
    const quoted = `'${(value ?? "").replaceAll("'", "'\\''")}'`;
    if (!/^\w+$/.test(id) || (option !== undefined && !/^\w+$/.test(option))) throw new Error("Parse error");
    if ([...(value ?? "")].some((character) => character < " " && !"\t\n\r".includes(character))) throw new Error("Parse error");
    if (verb === "set" && option === undefined) {
      if (section) section.type = value ?? "";
      else sections.push({ name: id, id, type: value ?? "", options: new Map() });
      return [name, `${place}=${quoted}\n`];
    }
    if (!section) throw new Error("Invalid argument");
    switch (verb) {
      case "set":
        if (section.options.get(option ?? "") === value) return [name, ""];
        section.options.set(option ?? "", value ?? "");
        return [name, `${place}=${quoted}\n`];
      case "add_list": {
        const old = section.options.get(option ?? "") ?? [];
        section.options.set(option ?? "", [...(typeof old === "string" ? [old] : old), value ?? ""]);
        return [name, `${place}+=${quoted}\n`];
      }
      case "delete":
        if (option === undefined) sections.splice(index, 1);
        else if (!section.options.delete(option)) throw new Error("Entry not found");
        return [name, `-${place}\n`];
      case "rename":
        section.id = value ?? "";
        section.name = section.id;
        return [name, `${place}=${quoted}\n`];
      case "reorder":
        if (index === Number(value)) return [name, ""];
        sections.splice(index, 1);
        sections.splice(Number(value), 0, section);
        return [name, `${place}=${quoted}\n`];
      default:
        throw new Error("Unknown command");
    }
  }

  /** `ubus -S call uci get`, of one package. */
  json(name: string): string {
    const sections = this.#packages.get(name) ?? [];
    const entries = sections.map(({ name: own, id, type, options }, index) => [
      id,
      { ".anonymous": own === undefined, ".type": type, ".name": id, ".index": index, ...Object.fromEntries(options) },
    ]);
    return JSON.stringify({ values: Object.fromEntries(entries) });
  }

  /** What `device/read.sh` prints of it. */
  reading(): string {
    const packages = [...this.#packages.keys()].flatMap((name) => [`== package ${name} ${"0".repeat(64)}`, this.json(name)]);
    return [
      "== version 1",
      "== release 24.10.4",
      "== connection 192.168.1.50 50000 192.168.1.1 22",
      ...packages,
      "== end",
      "",
    ].join("\n");
  }
}

/** The commands of a batch as words: quotes, `\` outside of them, `#`, lines. */
function commands(text: string): string[][] {
  const all: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\") {
      index += 1;
      word = (word ?? "") + text.charAt(index);
    } else if (/[\s;#]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      // What follows on the line after these is dropped without a message.
      if (character === "#" || character === ";") index = text.indexOf("\n", index);
      if (text.charAt(index) === "\n" && words.length > 0) {
        all.push(words);
        words = [];
      }
    } else word = (word ?? "") + character;
  }
  return all;
}

/** Packages without the ids of the moment, to compare. */
export function plain(packages: Packages): Record<string, object[]> {
  const section = ({ id, anonymous, type, options }: Section) => ({
    name: anonymous ? "" : id,
    type,
    options: Object.fromEntries([...options].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  return Object.fromEntries([...packages].map(([name, sections]) => [name, sections.map(section)]));
}
