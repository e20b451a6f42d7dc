import { type Document, isScalar, type Node, type Scalar, stringify, visit } from "yaml";

/*
 * Values put into Pulumi's own files, `Pulumi.yaml` and `Pulumi.<stack>.yaml`, so that Pulumi reads what we mean: its reader, Go's
 * yaml.v3, has more words than the library that we write with. What a person wrote is not touched.
 */

/** Puts a value in its place. A single value that stood there keeps its comment and its quotes. */
export function setValue(document: Document, path: readonly string[], value: unknown): void {
  const before = document.getIn(path, true);
  if (isScalar(before) && (value === null || typeof value !== "object")) {
    before.value = value;
    quote(before);
    return;
  }
  // Keys are texts, too: one that is there already stays as it is written.
  const keys = path.map((key) => quoted(document, key));
  document.setIn(keys, quoted(document, value));
}

function quoted(document: Document, value: unknown): Node {
  const node = document.createNode(value, { aliasDuplicateObjects: false });
  visit(node, { Scalar: (_, scalar) => quote(scalar) });
  return node;
}

function quote(scalar: Scalar): void {
  if (typeof scalar.value === "string" && !isPlainText(scalar.value)) scalar.type = "QUOTE_DOUBLE";
}

/** Whether a text without quotes is the same text to Pulumi: neither a date, nor a number, nor a word of YAML 1.1. */
function isPlainText(text: string): boolean {
  if (stringify(text) !== stringify(text, { compat: "yaml-1.1" })) return false;
  // Go takes `_` for nothing anywhere in a number, and `0X1F` and `0b-1` for numbers.
  return Number.isNaN(Number(text.replace(/_|^[-+]|(?<=0[bo])-/gi, "")));
}
