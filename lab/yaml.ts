import { stringify } from "yaml";

/**
 * YAML text of a value, for a configuration file: every value written out where it stands (no `&anchors`), no line folded.
 * @param comment first lines, without `#`
 */
export function yamlText(value: unknown, comment: string): string {
  const head = comment.split("\n").map((line) => `# ${line}\n`);
  return `${head.join("")}${stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 })}`;
}
