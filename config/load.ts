import * as pulumi from "@pulumi/pulumi";
import { alertSecretProblem } from "../lab/alerts/secrets.ts";
import { credentialProblem } from "../lab/backup/credentials.ts";
import { checkLab } from "../lab/check.ts";
import { givingSecret } from "../lab/missing-secret.ts";
import type { ConfigProblem, LabConfig, StackConfig } from "../lab/model.ts";
import { secretProblem } from "../lab/routers/secrets.ts";
import { parseConfig } from "./parse.ts";
import { pathText, problemText, stackFile } from "./problems.ts";
import { SECRET_PREFIX } from "./schema.ts";

/** Prefix of all keys of the lab. */
const SETTING_PREFIX = "homelab:";

/** The settings of a stack. */
export interface Settings {
  readonly lab: LabConfig;
  readonly stack: StackConfig;
}

/** The configuration of a stack. */
export interface LoadedConfig extends Settings {
  /** Those that were given (`secret:…`), by name. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * The configuration of a stack, complete and consistent, with nothing in clear that is secret: the only place that reads Pulumi's.
 * @param stack the stack's name, which is its host's
 * @throws pulumi.RunError that lists all problems, without a stack trace
 */
export function loadConfig(stack: string): LoadedConfig {
  const names = keysWith(SECRET_PREFIX);
  refuse([...encryptedProblems(keysWith(SETTING_PREFIX), stack), ...secretProblems(names, stack)]);
  const settings = loadSettings(stack);
  const secrets = new pulumi.Config(SECRET_PREFIX.slice(0, -1));
  return { ...settings, secrets: Object.fromEntries(names.map((name) => [name, secrets.requireSecret(name)])) };
}

/**
 * The settings alone, for a policy pack: Pulumi's language host gives it the values and not which of them are encrypted, so that
 * every secret would look as if it lay in the file in clear.
 * @throws pulumi.RunError as {@link loadConfig} does
 */
export function loadSettings(stack: string): Settings {
  const config = new pulumi.Config(SETTING_PREFIX.slice(0, -1));
  const raw = Object.fromEntries(keysWith(SETTING_PREFIX).map((key) => [key, rawValue(config.require(key))]));
  const { lab, stack: own, problems, written } = parseConfig(raw, stack, keysWith(SECRET_PREFIX));
  refuse([...problems, ...checkLab(lab, own, written)]);
  return { lab, stack: own };
}

function refuse(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new pulumi.RunError(problemText(problems));
}

/** Every key that is set with a prefix, without it; also those that nobody asks for. */
function keysWith(prefix: string): readonly string[] {
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

function isEncrypted(key: string): boolean {
  // Pulumi's own function, which its type declarations leave out.
  const isSecret: unknown = Reflect.get(pulumi.runtime, "isConfigSecret");
  return typeof isSecret === "function" && isSecret(key) === true;
}

/** A secret that lies in the file for everyone to read, or cannot be what it is for. */
function secretProblems(names: readonly string[], stack: string): readonly ConfigProblem[] {
  const values = pulumi.runtime.allConfig();
  return names.flatMap((name) => {
    const key = `${SECRET_PREFIX}${name}`;
    const value = values[key] ?? "";
    const wrong = secretProblem(name, value) ?? credentialProblem(name, value) ?? alertSecretProblem(name, value);
    const message = isEncrypted(key) ? wrong : "is not encrypted: whoever reads the file has it";
    const remedy = `${givingSecret(stack, name)} Take a new one if it was in the file in clear.`;
    return message === undefined ? [] : [{ file: stackFile(stack), path: key, message, remedy }];
  });
}

/** No setting of the lab is a secret. One that was encrypted is refused before an error can print it. */
function encryptedProblems(keys: readonly string[], stack: string): readonly ConfigProblem[] {
  return keys
    .filter((key) => isEncrypted(`${SETTING_PREFIX}${key}`))
    .map((key) => ({
      file: stackFile(stack),
      path: pathText([key]),
      message: "is encrypted, but no setting of the lab is a secret",
      remedy: "Write it without --secret.",
    }));
}
