import { UCI_DEVICE, WORKLOAD } from "../providers/resource-types.ts";
import { type Policy, SECRET, UNKNOWN } from "./policy.ts";
import { assignsSecret, isPlainValue, isSecretName, isSecretText } from "./secret-values.ts";

export const secrets: Policy = {
  name: "secrets",
  description: "No secret is in plain state, or in a container's environment.",
  resource: ({ name, type, inputs }) =>
    leaves(inputs)
      // The text of a dynamic provider: always the same (providers/device-resource.ts).
      .filter(({ path }) => path[0] !== "__provider")
      .flatMap((leaf) => (isSecret(leaf, type) ? [found(name, type, leaf)] : [])),
};

function found(name: string, type: string, { path }: Leaf): string {
  const place = type === WORKLOAD ? `a secret file (\`secrets\` in lab/workloads/${name}.ts)` : "a secret input (pulumi.secret)";
  return `${name} has what looks like a password or key, unencrypted, in ${path.join(".")}. Make it ${place}, and give the application its path.`;
}

/** A value, and where it stands. */
interface Leaf {
  readonly path: readonly string[];
  readonly value: string;
}

function leaves(value: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (typeof value === "string") return value === SECRET || value === UNKNOWN ? [] : [{ path, value }];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key]));
}

function isSecret({ path, value }: Leaf, type: string): boolean {
  if (isSecretText(value)) return true;
  // A program's variables have names like these, and its text no such values.
  if (/\.py$/.test(path.at(-1) ?? "")) return false;
  // The members of a list have the list's name.
  const name = path.findLast((key) => !/^\d+$/.test(key)) ?? "";
  if (isSecretName(name) && isPlainValue(value)) return true;
  if (type === UCI_DEVICE && path[0] === "settings" && /^wireless\..*\.(key|sae_password)$/.test(path[1] ?? "")) return true;
  return assignsSecret(value);
}
