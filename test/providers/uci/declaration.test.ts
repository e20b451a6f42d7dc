import { describe, expect, it } from "vitest";
import { inputProblems } from "../../../providers/uci/declaration.ts";
import type { UciInputs } from "../../../providers/uci/inputs.ts";
import { inputs } from "./example.ts";

const reasons = (changes: Partial<UciInputs>) =>
  inputProblems(inputs({ sections: { "network.lan": { type: "interface" } }, ...changes })).map(({ reason }) => reason);

describe("values that UCI would drop without a word are refused, and not repeated", () => {
  it.each(["\0", "\u0001", "\b", "\u000b", "\f", "\u001b", "\u001f"])("control byte %j", (character) => {
    const [reason = "", ...rest] = reasons({ secrets: { "network.lan.key": `pass${character}word` } });
    expect(rest).toEqual([]);
    expect(reason).toMatch(/^network\.lan\.key holds the control byte 0x[01][0-9a-f], which UCI drops/);
    expect(reason).not.toContain("word");
  });

  it("in an item of a list, half a character, and what is too long", () => {
    expect(reasons({ settings: { "network.lan.dns": ["9.9.9.9", "a\u0001"] } })[0]).toContain("control byte 0x01");
    expect(reasons({ settings: { "network.lan.a": "\ud800" } })[0]).toContain("lone surrogate");
    expect(reasons({ settings: { "network.lan.a": "é".repeat(32_769) } })[0]).toContain("longer than 65536 bytes");
  });

  it("and others pass", () => {
    const settings = {
      "network.lan.a": "it's $(x) `y` \\ \n\r\t \u007f \u0085 é 😀",
      "network.lan.b": ["", "-"],
      "network.lan.c": "",
    };
    expect(reasons({ settings })).toEqual([]);
  });
});

describe("names that UCI could not read back are refused", () => {
  it.each<[string, Partial<UciInputs>, RegExp]>([
    ["of a section", { sections: { "network.my-lan": { type: "interface" } } }, /"my-lan" is no name of a section/],
    ["that is an id of the moment", { sections: { "network.cfg06fe63": { type: "interface" } } }, /changes with its position/],
    ["of a type", { sections: { "network.x": { type: "it's" } } }, /"it's" is no type/],
    ["of a package", { sections: { "-rf.x": { type: "t" } } }, /"-rf" is no name of a package/],
    ["of a package, with a path", { sections: { "../x.y": { type: "t" } } }, /no place|no name of a package/],
    ["of an option", { settings: { "network.lan.a b": "1" } }, /"a b" is no name of an option/],
    [
      "of an option in a key",
      { sections: { "network.x": { type: "t", match: { "a;b": "1" } } } },
      /"a;b" is no name of an option/,
    ],
    ["without an option", { settings: { "network.lan": "1" } }, /names a section where an option belongs/],
    ["in an undeclared section", { settings: { "network.wan.mtu": "1" } }, /not declared/],
    ["that stand twice", { settings: { "network.lan.key": "a" }, secrets: { "network.lan.key": "b" } }, /declared twice/],
    ["of a section that must not be there", { absent: { "network.my-lan": { type: "interface" } } }, /"my-lan" is no name/],
    ["of one that must be there, too", { absent: { "network.lan": { type: "interface" } } }, /declared too/],
    ["in an order that are not there", { order: { network: ["wan"] } }, /network\.wan is not declared/],
    ["of software", { software: [{ name: "--force" }] }, /"--force" is no name of an OpenWrt package/],
  ])("%s", (_, changes, reason) => {
    expect(reasons(changes).join("\n")).toMatch(reason);
  });
});

it("what Pulumi does not know yet is not judged", () => {
  const declared = inputs({ sections: { "network.lan": { type: "interface" } }, secrets: { "network.lan.key": "?\u0001" } });
  expect(inputProblems(declared, (value) => value === "?\u0001")).toEqual([]);
});
