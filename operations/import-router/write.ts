import { readFileSync, writeFileSync } from "node:fs";
import { isMap, parseDocument } from "yaml";

/**
 * Writes values into the configuration of a `Pulumi.yaml`. What is there and stays, keeps its place and its comments.
 * @param values by key, such as `homelab:network`
 */
export function writeSettings(path: string, values: Readonly<Record<string, unknown>>): void {
  const document = parseDocument(readFileSync(path, "utf8"));
  const put = (at: readonly string[], value: unknown): void => {
    if (!isPlain(value) || !isMap(document.getIn(at))) {
      document.setIn(at, document.createNode(value, { aliasDuplicateObjects: false }));
      return;
    }
    for (const key of Object.keys(asKeys(document.getIn(at)))) if (!Object.hasOwn(value, key)) document.deleteIn([...at, key]);
    for (const [key, member] of Object.entries(value)) {
      if (JSON.stringify(asPlain(document.getIn([...at, key]))) !== JSON.stringify(member)) put([...at, key], member);
    }
  };
  for (const [key, value] of Object.entries(values)) put(["config", key, "value"], value);
  writeFileSync(path, document.toString({ lineWidth: 0 }));
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
