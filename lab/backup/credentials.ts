/**
 * What places of backups want to know of who comes, given as secrets named `backup.<place>.<VARIABLE>`, e.g.
 * `secret:backup.remote.AWS_SECRET_ACCESS_KEY` of a stack: environment variables of restic, and some that are files.
 */

const NAME = /^backup\.([^.]*)\.(.*)$/;

/** A credential that is a file. */
export interface CredentialFile {
  /** The kind of repository that it is for: of another, nobody would read it. */
  readonly backend: string;
  /** Whether restic learns its path by the environment variable of its name. */
  readonly isVariable: boolean;
  /** What a person may have called it, for the command that takes it in. */
  readonly example: string;
  /** What is wrong with its content, or undefined. */
  readonly problem: (text: string) => string | undefined;
}

/** The ssh key of an `sftp:` place. */
export const SSH_KEY = "SSH_KEY";

const FILES: Readonly<Record<string, CredentialFile>> = {
  [SSH_KEY]: { backend: "sftp", isVariable: false, example: "remote-key", problem: sshKeyProblem },
  GOOGLE_APPLICATION_CREDENTIALS: { backend: "gs", isVariable: true, example: "remote.json", problem: googleProblem },
};

/** The name of a place's secret. */
export function credentialName(place: string, variable: string): string {
  return `backup.${place}.${variable}`;
}

/** The place that a secret is for, undefined for a secret of another kind. */
export function placeOf(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/** The variable that it is. */
export function variableOf(name: string): string {
  return NAME.exec(name)?.[2] ?? "";
}

/** What a credential is if it is a file, undefined for one that is a line, and for a secret of another kind. */
export function credentialFileOf(name: string): CredentialFile | undefined {
  const variable = variableOf(name);
  // A place may have any name, and so may what is no credential at all.
  return Object.hasOwn(FILES, variable) ? FILES[variable] : undefined;
}

/** What is wrong with a credential, or undefined. The value is not in the answer. */
export function credentialProblem(name: string, value: string): string | undefined {
  if (placeOf(name) === undefined) return undefined;
  if (!/^[A-Z][A-Z0-9_]*$/.test(variableOf(name))) return "names no environment variable of restic after the place";
  const file = credentialFileOf(name);
  if (file) return file.problem(value);
  // A second line would be a second variable.
  return /[\r\n]/.test(value) ? "has more than one line" : undefined;
}

/** The text of a file with the end of its last line, which Pulumi takes away: OpenSSH reads no key without it, nor with a `\r`. */
export function credentialText(value: string): string {
  return `${value.replaceAll("\r\n", "\n").trimEnd()}\n`;
}

/** How every key without a passphrase begins: base64 of `openssh-key-v1`, and of `none` for its cipher. */
const WITHOUT_PASSPHRASE = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";

function sshKeyProblem(text: string): string | undefined {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([\w+/=\r\n]+)\n-----END OPENSSH PRIVATE KEY-----\s*$/.exec(text)?.[1];
  if (body === undefined) return "is no private ssh key as ssh-keygen writes it, all of its lines";
  return body.startsWith(WITHOUT_PASSPHRASE) ? undefined : "has a passphrase, and nobody is there to type it: make a key without";
}

function googleProblem(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && "type" in parsed) return undefined;
  } catch {
    // What it is instead is not told: it may be a piece of the key.
  }
  return "is not the JSON of a service account's key";
}
