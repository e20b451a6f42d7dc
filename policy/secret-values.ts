/*
 * What is a secret, by its name or by how it looks: of what no plan may have unencrypted, and of what an import does not write down
 * (operations/import-router).
 */

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

/** Names of things that are secret: `auth_password`, `API_KEY`, `private-key`; not `key_file` or `publicKey`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Whether a text is secret whatever it is called. */
export function isSecretText(text: string): boolean {
  return SECRET_TEXT.some((pattern) => pattern.test(text));
}

/**
 * Whether a text gives something secret a value.
 * @param isSecret what is secret, by its name
 */
export function assignsSecret(text: string, isSecret = isSecretName): boolean {
  return [...text.matchAll(ASSIGNMENT)].some(([, name = "", assigned = ""]) => isSecret(name) && isPlainValue(assigned));
}

/** Not a path, a variable, a number of something, or nothing at all. */
export function isPlainValue(value: string): boolean {
  return value.length >= 4 && !/^([/$%~{<[]|true$|false$|none$|null$|never$|required$|optional$|file$)/i.test(value);
}
