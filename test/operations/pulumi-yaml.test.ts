import { describe, expect, it } from "vitest";
import { parse, parseDocument } from "yaml";
import { setValue } from "../../operations/pulumi-yaml.ts";

/*
 * What Pulumi's reader, yaml.v3 of Go, takes for something else was tried with it: all texts below, and 30,000 at random of the signs
 * that numbers, dates and words are made of.
 */

const written = (text: string, path: readonly string[], value: unknown): string => {
  const document = parseDocument(text);
  setValue(document, path, value);
  return document.toString({ lineWidth: 0 });
};

describe("a text in a file of Pulumi", () => {
  it.each([
    ...["2026-12-24", "2026-1-2", "2026-12-24 10:00:00", "2026-12-24T10:00:00Z"],
    ...["1_000", "1_", "-1_0", "8.7_", "2_e0", "0b11", "-0b11", "0b-11", "0o-7", "0X1F", "017", "1e3", ".inf", "1400"],
    ...["yes", "No", "on", "OFF", "y", "n", "true", "null", "~", "<<", "1:30"],
  ])("%s has quotes, as a value, in a list and as a key", (text) => {
    const quoted = JSON.stringify(text);
    expect(written("", ["key"], text)).toBe(`key: ${quoted}\n`);
    expect(written("", ["key"], [{ [text]: [text] }])).toBe(`key:\n  - ${quoted}:\n      - ${quoted}\n`);
    expect(written("", ["key", text, text], 1)).toBe(`key:\n  ${quoted}:\n    ${quoted}: 1\n`);
    expect(written("key: value # why\n", ["key"], text)).toBe(`key: ${quoted} # why\n`);
  });

  it.each(["192.168.1.1", "192.168.1.0/24", "100-249", "02:00:5e:10:00:31", "8GiB", "lan", "v1:abc=", "it's", "UTC0"])(
    "%s has none",
    (text) => expect(written("", ["key"], text)).toBe(`key: ${text}\n`),
  );

  it("of a person stays as it is, whatever Pulumi takes it for", () => {
    const before = `# mine
on: 2026-12-24 # a date
list: [ yes, 1_000, 'no' ]
map: { y: 0b11, lan: "a" }
`;
    expect(written(before, ["map", "lan"], "b")).toBe(before.replace('"a"', '"b"'));
  });

  it("is no other value: numbers, truth and nothing have no quotes", () => {
    const value = { number: 1400, yes: true, nothing: null };
    expect(parse(written("", ["key"], value))).toEqual({ key: value });
    expect(written("key: text\n", ["key"], 1400)).toBe("key: 1400\n");
  });
});
