/** What a program says that a person should read: it works, and something is not right. */

/** Complaints that are right as they are, each with its reason. */
const accepted: readonly { readonly text: RegExp; readonly reason: string }[] = [];

/** Lines of a program's output that warn, and that no entry of the list above explains. */
export function complaintsIn(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((line) => /\b(warn|warning|deprecated|obsolete|error|fail(ed|ure)?|emerg|crit|unknown|ignoring|ignored)\b/i.test(line))
    .filter((line) => !accepted.some(({ text }) => text.test(line)));
}
