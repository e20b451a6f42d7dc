import type { z } from "zod";
import type { ConfigProblem } from "../lab/model.ts";

/** The project's file with its configuration. */
export const PROJECT_FILE = "Pulumi.yaml";

/** A stack's file with its configuration. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/**
 * Problems as a person reads them, one paragraph each.
 * @param problems at least one
 */
export function problemText(problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? "One problem" : `${problems.length} problems`;
  return [`${count} in the configuration; nothing was changed.`, ...problems.map(oneProblem)].join("\n\n");
}

/** One problem: where, what, what to do. */
export function oneProblem({ file, path, value, message, remedy }: ConfigProblem): string {
  const written = value === undefined ? "" : `\n  is:  ${JSON.stringify(value)}`;
  return `${file}: ${path}\n  ${message}${written}\n  do:  ${remedy}`;
}

/** A path of the configuration, with Pulumi's spelling for names that need quotes: `homelab:hosts.adama.address`. */
export function pathText(parts: readonly PropertyKey[]): string {
  const [key = "", ...rest] = parts.map(String);
  const steps = rest.map((part) => (/^[0-9]+$/.test(part) ? `[${part}]` : /^[\w-]+$/.test(part) ? `.${part}` : `["${part}"]`));
  return `homelab:${key}${steps.join("")}`;
}

/**
 * What zod found, in a person's words.
 * @param schema what `value` was parsed with
 * @param at where `value` stands in the configuration
 */
export function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  at: { readonly file: string; readonly path: readonly string[]; readonly value: unknown },
): ConfigProblem[] {
  return issues.flatMap((issue): ConfigProblem[] => {
    const place = [...at.path, ...issue.path];
    const found = valueAt(at.value, issue.path);
    const expected = schemaAt(schema, issue.path);
    if (issue.code === "unrecognized_keys") {
      const known = `Known here: ${knownKeys(expected)}. Correct the name or remove the line.`;
      // The value is not shown: a misspelt key may hold a secret.
      return issue.keys.map((key) => ({
        file: at.file,
        path: pathText([...place, key]),
        message: "is not known",
        remedy: known,
      }));
    }
    if (found === undefined) {
      return [{ file: at.file, path: pathText(place), message: "is missing", remedy: `Add it. ${example(expected)}`.trim() }];
    }
    const message = messageOf(issue);
    return [{ file: at.file, path: pathText(place), value: found, message, remedy: `Correct it. ${example(expected)}`.trim() }];
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input")) {
    return `must be ${KINDS[issue.expected] ?? issue.expected}`;
  }
  return issue.message;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  array: "a list",
  object: "a map of keys and values",
  record: "a map of names and values",
};

/** The value that a path leads to. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, step) => (node !== null && typeof node === "object" ? Reflect.get(node, step) : undefined),
    value,
  );
}

/** The schema that a path leads to, or undefined where it leaves what the schema knows. */
function schemaAt(schema: z.ZodType | undefined, path: readonly PropertyKey[]): z.ZodType | undefined {
  const [step, ...rest] = path;
  if (schema === undefined || step === undefined) return schema;
  const { shape, valueType, element, innerType } = schema.def as {
    readonly shape?: Readonly<Record<PropertyKey, z.ZodType>>;
    readonly valueType?: z.ZodType;
    readonly element?: z.ZodType;
    readonly innerType?: z.ZodType;
  };
  if (innerType) return schemaAt(innerType, path);
  return schemaAt(shape?.[step] ?? valueType ?? element, rest);
}

function knownKeys(schema: z.ZodType | undefined): string {
  const { shape } = (schema?.def ?? {}) as { readonly shape?: object };
  return Object.keys(shape ?? {}).join(", ");
}

function example(schema: z.ZodType | undefined): string {
  const examples = schema?.meta()?.examples;
  return Array.isArray(examples) && examples.length > 0 ? `For example: ${examples[0]}` : "";
}
