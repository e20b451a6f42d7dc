import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planChange } from "../../../providers/uci/diff.ts";
import type { UciInputs } from "../../../providers/uci/inputs.ts";
import { type Value, valueProblem } from "../../../providers/uci/model.ts";
import { movesTo, ownOrder } from "../../../providers/uci/order.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { renderBatch, renderChanges } from "../../../providers/uci/render.ts";
import { inputs } from "./example.ts";
import { FakeUci, plain } from "./fake-uci.ts";

/** Texts that break quoting somewhere: UCI's, the shell's, JSON's, or our own lines. */
const nasty = fc.constantFrom(
  "'",
  "''",
  '"',
  "\\",
  "\\'",
  "$(reboot)",
  "`id`",
  "\n",
  "\r\n",
  "\t",
  "a;b",
  "#",
  "--",
  "-n",
  "é €",
  "😀",
);
const line = fc.constantFrom("== end", "delete network", "x'\nset network.lan.proto='none", "EOF", " ", "=");
const text = fc
  .array(fc.oneof(nasty, line, fc.string({ maxLength: 6 })), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(""))
  .filter((value) => value !== "" && valueProblem(value) === undefined);
const value: fc.Arbitrary<Value> = fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));

const sectionName = fc.constantFrom("lan", "wan", "iot", "a_1", "__proto__", "constructor");
const optionName = fc.constantFrom("ipaddr", "key", "ports", "toString", "__proto__", "x9");
const options = fc.dictionary(optionName, value, { maxKeys: 4 });
const declaration = fc.dictionary(fc.constantFrom("lan", "wan", "iot", "a_1", "constructor"), options, { maxKeys: 4 });
const absence = fc.uniqueArray(fc.constantFrom("lan", "wan", "iot", "constructor"), { maxLength: 3 });
const device = fc.array(
  fc.record(
    { name: fc.option(sectionName, { nil: undefined }), type: fc.constant("interface"), options },
    { requiredKeys: ["type", "options"] },
  ),
  { maxLength: 6 },
);

function declare(sections: Record<string, Record<string, Value>>): UciInputs {
  const settings = Object.entries(sections).flatMap(([section, all]) =>
    Object.entries(all).map(([option, one]): [string, Value] => [`network.${section}.${option}`, one]),
  );
  const named = Object.keys(sections).map((section) => [`network.${section}`, { type: "interface" }] as const);
  return inputs({
    sections: Object.fromEntries(named),
    settings: Object.fromEntries(settings),
    order: { network: Object.keys(sections).reverse() },
  });
}

/** The same, and that some sections must not be there. */
function declareAbsent(sections: Record<string, Record<string, Value>>, absent: readonly string[]): UciInputs {
  const gone = absent.filter((section) => !Object.hasOwn(sections, section));
  const entries = gone.map((section) => [`network.${section}`, { type: "interface" }] as const);
  return { ...declare(sections), absent: Object.fromEntries(entries) };
}

function make(sections: readonly { name?: string | undefined; type: string; options: Record<string, Value> }[]): FakeUci {
  const names = sections.map(({ name }) => name);
  const once = sections.filter(({ name }, index) => name === undefined || names.indexOf(name) === index);
  return new FakeUci({ network: once.map(({ name, ...rest }) => (name === undefined ? rest : { name, ...rest })) });
}

const read = (fake: FakeUci) => parseReading("apollo", fake.reading()).packages;

describe("whatever the values", () => {
  it("diff, batch and reading give what is declared, with nothing else touched, and then there is nothing to do", () => {
    fc.assert(
      fc.property(device, declaration, (found, declared) => {
        const fake = make(found);
        const before = read(fake);
        const wanted = declare(declared);
        const { operations, after } = planChange(before, {}, wanted);
        const { changes, errors } = fake.batch(renderBatch(operations));
        expect(errors).toEqual([]);
        expect(renderChanges(operations, ["network"])).toBe(changes.get("network") ?? "");
        const now = read(fake);
        expect(plain(now)).toEqual(plain(after));
        for (const [name, all] of Object.entries(declared)) {
          const section = now.get("network")?.find(({ id, anonymous }) => id === name && !anonymous);
          for (const [option, one] of Object.entries(all)) expect(section?.options.get(option)).toEqual(one);
        }
        const others = (packages: typeof now) =>
          (plain(packages).network ?? []).filter((section) => !Object.hasOwn(declared, (section as { name: string }).name));
        expect(others(now)).toEqual(others(before));
        expect(planChange(now, {}, wanted).operations).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("what was declared and then is no longer leaves the device as it was found", () => {
    fc.assert(
      fc.property(device, declaration, absence, declaration, absence, (found, first, gone, second, goneThen) => {
        const fake = make(found);
        const start = plain(read(fake));
        let known = {};
        for (const wanted of [declareAbsent(first, gone), declareAbsent(second, goneThen), inputs()]) {
          const change = planChange(read(fake), known, wanted);
          expect(fake.batch(renderBatch(change.operations)).errors).toEqual([]);
          known = change.before;
          const names = new Set(
            read(fake)
              .get("network")
              ?.map(({ id }) => `network.${id}`),
          );
          expect(Object.keys(wanted.absent).filter((key) => names.has(key))).toEqual([]);
          expect(planChange(read(fake), known, wanted).operations).toEqual([]);
        }
        const byName = (sections: object[] = []) => sections.map((section) => JSON.stringify(section)).sort();
        expect(byName(plain(read(fake)).network)).toEqual(byName(start.network));
        expect(known).toEqual({});
      }),
      { numRuns: 200 },
    );
  });

  it("where it is removed, all that was never declared stays, and what is then empty goes", () => {
    fc.assert(
      fc.property(device, declaration, declaration, (found, first, second) => {
        const fake = make(found);
        const start = plain(read(fake)).network as { name: string; type: string; options: Record<string, Value> }[];
        let known = {};
        for (const wanted of [declare(first), declare(second), inputs()]) {
          const change = planChange(read(fake), known, { ...wanted, released: "remove" });
          expect(fake.batch(renderBatch(change.operations)).errors).toEqual([]);
          known = change.before;
        }
        const left = start.flatMap((section) => {
          const declared = [first, second].flatMap((all) => (Object.hasOwn(all, section.name) ? [all[section.name] ?? {}] : []));
          const named = new Set(declared.flatMap(Object.keys));
          const options = Object.fromEntries(Object.entries(section.options).filter(([option]) => !named.has(option)));
          return declared.length > 0 && Object.keys(options).length === 0 ? [] : [{ ...section, options }];
        });
        const byName = (sections: object[] = []) => sections.map((section) => JSON.stringify(section)).sort();
        expect(byName(plain(read(fake)).network)).toEqual(byName(left));
        expect(known).toEqual({});
      }),
      { numRuns: 200 },
    );
  });

  it("moves give the order, and none is without effect", () => {
    const ids = fc.uniqueArray(fc.nat({ max: 30 }).map(String), { maxLength: 12 });
    fc.assert(
      fc.property(
        ids,
        fc.array(fc.nat({ max: 30 }).map(String), { maxLength: 6 }).map((all) => [...new Set(all)]),
        (from, names) => {
          const to = ownOrder(from, names);
          expect([...to].sort()).toEqual([...from].sort());
          expect(to.filter((id) => names.includes(id))).toEqual(names.filter((name) => from.includes(name)));
          const current = [...from];
          for (const { section, index } of movesTo(from, to)) {
            expect(current.indexOf(section)).not.toBe(index);
            current.splice(current.indexOf(section), 1);
            current.splice(index, 0, section);
          }
          expect(current).toEqual(to);
        },
      ),
    );
  });
});
