/** Names for things by what is in them. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A short SHA-256 of some texts, in order. */
export function hashOf(...texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 16);
}

/** A short SHA-256 of a folder's files, relative paths and content; tests do not count. */
export function hashOfFolder(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith("_test.go"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  return hashOf(...files.flatMap((file) => [file, hashOfFile(join(folder, file))]));
}

/** A short SHA-256 of a file's bytes. */
export function hashOfFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
}
