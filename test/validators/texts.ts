/** Texts that are hard to hand on: to podman's generator, to systemd, to a shell, to podman. */
import fc from "fast-check";

/** Texts that went wrong once or look like it, and 300 others, the same for the same seed. None has a zero byte. */
export function textsOf(seed: number): readonly string[] {
  return [...hardTexts, ...fc.sample(anyText, { numRuns: 300, seed })];
}

const hardTexts = [
  "",
  " ",
  "%n",
  "%%",
  "$HOME",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: systemd's own way to name a variable
  "${HOME}",
  // Line ends: to systemd, which reads the unit, the first; to Unicode, the others.
  "a\r[b]",
  "a\u0085b\u2028c\u2029d",
  "$$",
  "\\",
  "\\n",
  "\n",
  "'",
  '"',
  "a'b\"c",
  "-",
  "ends with \\",
  "#",
  ";",
  "; x",
];

/** Signs that mean something to systemd, to podman's generator or to a shell, among others of all kinds. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."\"'\\$%{}#;=*?~`!|&<>()[]^@:,.-+/ \t\n\r\f\v\b\u0007\u001b\u007f", "\\x", "\\u", "${", "%%", "$$"),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));
