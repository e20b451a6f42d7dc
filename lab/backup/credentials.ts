/**
 * What places of backups want to know of who comes: environment variables of restic, given as secrets named
 * `backup.<place>.<VARIABLE>`, e.g. `secret:backup.remote.AWS_SECRET_ACCESS_KEY` of a stack.
 */

const NAME = /^backup\.([^.]*)\.(.*)$/;

/** The place that a secret is for, undefined for a secret of another kind. */
export function placeOf(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/** The variable that it is. */
export function variableOf(name: string): string {
  return NAME.exec(name)?.[2] ?? "";
}

/** What is wrong with a credential, or undefined. The value is not in the answer. */
export function credentialProblem(name: string, value: string): string | undefined {
  if (placeOf(name) === undefined) return undefined;
  if (!/^[A-Z][A-Z0-9_]*$/.test(variableOf(name))) return "names no environment variable of restic after the place";
  // A second line would be a second variable.
  return /[\r\n]/.test(value) ? "has more than one line" : undefined;
}
