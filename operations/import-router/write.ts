import { readFileSync, writeFileSync } from "node:fs";
import { isMap, parseDocument } from "yaml";
import { setValue } from "../pulumi-yaml.ts";

/**
 * Writes values into the configuration of a `Pulumi.yaml`. What is there and stays, keeps its place and its comments.
 * @param values by key, such as `homelab:network`
 */
export function writeSettings(path: string, values: Readonly<Record<string, unknown>>): void {
  const text = readFileSync(path, "utf8");
  const document = parseDocument(text);
  const put = (at: readonly string[], value: unknown): void => {
    if (!isPlain(value) || !isMap(document.getIn(at))) {
      setValue(document, at, value);
      return;
    }
    for (const key of Object.keys(asKeys(document.getIn(at)))) if (!Object.hasOwn(value, key)) document.deleteIn([...at, key]);
    for (const [key, member] of Object.entries(value)) {
      if (JSON.stringify(asPlain(document.getIn([...at, key]))) !== JSON.stringify(member)) put([...at, key], member);
    }
  };
  for (const [key, value] of Object.entries(values)) put(["config", key, "value"], value);
  writeFileSync(path, asWritten(document.toString({ lineWidth: 0 }), text));
}

/** The library writes `[ a ]`. A line that a person wrote without that stays as it was: it would only be noise in a diff. */
function asWritten(text: string, before: string): string {
  const lines = new Set(before.split("\n"));
  const tight = (line: string) => line.replaceAll("[ ", "[").replaceAll(" ]", "]");
  const kept = text.split("\n").map((line) => (lines.has(tight(line)) ? tight(line) : line));
  return kept.join("\n");
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function asKeys(node: unknown): Readonly<Record<string, unknown>> {
  const plain = asPlain(node);
  return isPlain(plain) ? plain : {};
}

function asPlain(node: unknown): unknown {
  return node !== null && typeof node === "object" && "toJSON" in node && typeof node.toJSON === "function"
    ? node.toJSON()
    : node;
}
