import { codeBlocks, read } from "./documents.ts";

/** A file that the README tells a person to write, by path; the path is the last thing in backticks before its code. */
export function exampleFiles(): Readonly<Record<string, string>> {
  const { text } = read("README.md");
  const section = text.slice(text.indexOf("\n## Add a workload"), text.indexOf("\n## Read on"));
  const files = codeBlocks({ path: "README.md", text: section }).flatMap(({ language, code, before }): [string, string][] => {
    const path = [...before.matchAll(/`([\w./-]+\.(?:ts|yaml))`/g)].at(-1)?.[1];
    return path && (language === "ts" || language === "yaml") ? [[path, code]] : [];
  });
  return Object.fromEntries(files);
}
