import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { sha256 } from "../lab/canonical.ts";

/**
 * A file of this repository, of any content. In state and in a preview its hash is enough: git has the rest, and the engine passes
 * on all inputs of all resources several times.
 */
export interface Source {
  /** Path from the repository's root. */
  readonly file: string;
  /** SHA-256 (hex) of its content. */
  readonly sha256: string;
}

/** By the path that each gets. */
export type Sources = Readonly<Record<string, Source>>;

/** A file of the repository as it is now. */
export function sourceOf(file: string): Source {
  return { file, sha256: sha256(readFileSync(placeOf(file))) };
}

/** Files of the repository by the path that they get: of each, its path from the repository's root. */
export function sourcesOf(files: Readonly<Record<string, string>>): Sources {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [path, sourceOf(file)]));
}

/** What was declared by its hash; throws where a file is something else by now. */
export async function readSources(sources: Sources = {}): Promise<Readonly<Record<string, Buffer>>> {
  const contents: Record<string, Buffer> = {};
  for (const [path, { file, sha256: declared }] of Object.entries(sources)) {
    const content = await readFile(placeOf(file));
    if (sha256(content) !== declared) throw new Error(`${file} was changed in the middle of this. Run it again.`);
    contents[path] = content;
  }
  return contents;
}

/**
 * Sources as a host has them: those that are there, by their hash.
 * @param hashes SHA-256 (hex) of files of the host, by path
 */
export function observedSources(declared: Sources, hashes: Readonly<Record<string, string>>): Sources {
  const found = Object.entries(declared).flatMap(([path, { file }]): readonly [string, Source][] => {
    const hash = hashes[path];
    return hash === undefined ? [] : [[path, { file, sha256: hash }]];
  });
  return Object.fromEntries(found);
}

function placeOf(file: string): URL {
  return new URL(`../${file}`, import.meta.url);
}
