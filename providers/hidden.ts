import { sha256 } from "../lab/canonical.ts";

/** What is found of files whose content may not be shown. */
interface Observed {
  /** The declared text of each that is as declared. */
  readonly secrets: Record<string, string>;
  /** In a person's words, by path. */
  readonly found: Record<string, string>;
}

/**
 * Compares secret files by hash, and names files that nobody declared. Both stand in state in clear, so neither shows content.
 *
 * @param hashes SHA-256 (hex) of the secret files that the host has
 * @param undeclared SHA-256 (hex) of files that nobody declared
 */
export function observeHidden(
  declared: Readonly<Record<string, string>>,
  hashes: Readonly<Record<string, string>>,
  undeclared: Readonly<Record<string, string>>,
): Observed {
  const secrets: Record<string, string> = {};
  const found: Record<string, string> = {};
  for (const [path, text] of Object.entries(declared)) {
    const hash = hashes[path];
    if (hash === sha256(text)) secrets[path] = text;
    else found[path] = hash === undefined ? "is missing" : `its secret content is another (sha256 ${hash.slice(0, 12)})`;
  }
  for (const [path, hash] of Object.entries(undeclared)) found[path] = `is not declared (sha256 ${hash.slice(0, 12)})`;
  return { secrets, found };
}
