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

/** A file of the repository as it is now. */
export function sourceOf(file: string): Source {
  return { file, sha256: sha256(readFileSync(placeOf(file))) };
}

/** What was declared by its hash; throws where it is something else by now. */
export async function readSource({ file, sha256: declared }: Source): Promise<Buffer> {
  const content = await readFile(placeOf(file));
  if (sha256(content) !== declared) throw new Error(`${file} was changed in the middle of this. Run it again.`);
  return content;
}

function placeOf(file: string): URL {
  return new URL(`../${file}`, import.meta.url);
}
