import { UCI_DEVICE, WORKLOAD } from "../providers/resource-types.ts";
import { type Policy, SECRET, UNKNOWN } from "./policy.ts";
import { text } from "./workload.ts";

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

/** Names of things that are secret: `auth_password`, `API_KEY`, `private-key`; not `key_file` or `publicKey`. */
const SECRET_NAME =
  /(?:^|[._-]|\b)(?:password|passwd|passphrase|secret|token|psk|api_?-?key|private_?-?key|preshared_?-?key|credentials?)$/i;

/** Texts that are secret whatever they are called. */
const SECRET_TEXT = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // bcrypt, as in an htpasswd file.
  /\$2[aby]?\$\d\d\$[./A-Za-z0-9]{53}/,
  // A password in an address.
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:[^\s/@"']+@/,
];

/** `name = value`, `name: "value"`, `--name=value`, in any kind of text. */
const ASSIGNMENT = /(?<=^|[\s"'{,;=-])([\w.-]{1,60}?)["']?[ \t]*[:=][ \t]*["']?(?=([^\s"',;]+))/gm;

function isSecret({ path, value }: Leaf, type: string): boolean {
  if (SECRET_TEXT.some((pattern) => pattern.test(value))) return true;
  // A program's variables have names like these, and its text no such values.
  if (/\.py$/.test(path.at(-1) ?? "")) return false;
  if (SECRET_NAME.test(path.at(-1) ?? "") && isPlainValue(value)) return true;
  if (type === UCI_DEVICE && path[0] === "settings" && /^wireless\..*\.(key|sae_password)$/.test(path[1] ?? "")) return true;
  return [...value.matchAll(ASSIGNMENT)].some(([, name = "", assigned = ""]) => SECRET_NAME.test(name) && isPlainValue(assigned));
}

/** Not a path, a variable, a number of something, or nothing at all. */
function isPlainValue(value: string): boolean {
  return text(value).length >= 4 && !/^([/$%~{<[]|true$|false$|none$|null$|never$|required$|optional$|file$)/i.test(value);
}
