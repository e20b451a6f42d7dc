import * as pulumi from "@pulumi/pulumi";
import { checkLab } from "../lab/check.ts";
import type { ConfigProblem, LabConfig, StackConfig } from "../lab/model.ts";
import { parseConfig } from "./parse.ts";
import { pathText, problemText, stackFile } from "./problems.ts";

/** Prefix of all keys of the lab. */
const NAMESPACE = "homelab";

/**
 * The configuration of a stack, complete and consistent: the only place that reads Pulumi's.
 * @param stack the stack's name, which is its host's
 * @throws pulumi.RunError that lists all problems, without a stack trace
 */
export function loadConfig(stack: string): { readonly lab: LabConfig; readonly stack: StackConfig } {
  const keys = labKeys();
  refuse(secretProblems(keys, stack));
  const config = new pulumi.Config(NAMESPACE);
  const parsed = parseConfig(Object.fromEntries(keys.map((key) => [key, rawValue(config.require(key))])), stack);
  refuse([...parsed.problems, ...checkLab(parsed.lab, parsed.stack, parsed.written)]);
  return { lab: parsed.lab, stack: parsed.stack };
}

function refuse(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new pulumi.RunError(problemText(problems));
}

/** Every key of the lab that is set, without its prefix; also those that nobody asks for. */
function labKeys(): readonly string[] {
  const prefix = `${NAMESPACE}:`;
  return Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

/** Pulumi hands over maps and lists as JSON, and all else as text. */
function rawValue(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** No setting of the lab is a secret. One that was encrypted is refused before an error can print it. */
function secretProblems(keys: readonly string[], stack: string): readonly ConfigProblem[] {
  // Pulumi's own function, which its type declarations leave out.
  const isSecret: unknown = Reflect.get(pulumi.runtime, "isConfigSecret");
  if (typeof isSecret !== "function") return [];
  return keys
    .filter((key) => isSecret(`${NAMESPACE}:${key}`) === true)
    .map((key) => ({
      file: stackFile(stack),
      path: pathText([key]),
      message: "is encrypted, but no setting of the lab is a secret",
      remedy: "Write it without --secret.",
    }));
}
