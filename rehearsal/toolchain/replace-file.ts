/** Files that several processes read and write at once. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/**
 * Writes a file so that whoever reads it meanwhile gets the whole text of before or of after. Written in place it is empty for a
 * moment: a podman that starts in it takes its settings for the defaults, and keeps what it makes among the person's.
 */
export function replaceFile(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}
