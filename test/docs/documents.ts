import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The root of this checkout. */
export const root = dirname(dirname(import.meta.dirname));

/** One document of the project. */
export interface DocumentText {
  /** From the root, e.g. `docs/design.md`. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface CodeBlock {
  /** What stands after the three backticks. */
  readonly language: string;
  readonly code: string;
  /** The text before it, back to the block before. */
  readonly before: string;
}

/** README.md and everything in docs/. */
export function documents(): readonly DocumentText[] {
  const names = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", ...names.map((name) => `docs/${name}`)].map(read);
}

/** One document, by its path from the root. */
export function read(path: string): DocumentText {
  return { path, text: readFileSync(join(root, path), "utf8") };
}

/** The fenced blocks of a document, in order. */
export function codeBlocks({ text }: DocumentText): readonly CodeBlock[] {
  const parts = text.split(/^```/m);
  return parts.flatMap((part, index) => {
    if (index % 2 === 0) return [];
    const newline = part.indexOf("\n");
    return [{ language: part.slice(0, newline).trim(), code: part.slice(newline + 1), before: parts[index - 1] ?? "" }];
  });
}

/** What stands between backticks in running text. */
export function inlineCode(document: DocumentText): readonly string[] {
  return [...withoutBlocks(document).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** Targets of the links in running text. */
export function links(document: DocumentText): readonly string[] {
  return [...withoutBlocks(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchors(document: DocumentText): readonly string[] {
  return [...withoutBlocks(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

function withoutBlocks({ text }: DocumentText): string {
  return text
    .split(/^```/m)
    .filter((_, index) => index % 2 === 0)
    .join("");
}
