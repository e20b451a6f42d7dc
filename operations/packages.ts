/** The npm packages of this checkout. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of an installed npm package. */
export function packageFolder(name: string): string {
  return join(import.meta.dirname, "..", "node_modules", name);
}

/** The version of an installed npm package. */
export function packageVersionOf(name: string): string {
  const parsed: unknown = JSON.parse(readFileSync(join(packageFolder(name), "package.json"), "utf8"));
  if (typeof parsed === "object" && parsed !== null && "version" in parsed) return String(parsed.version);
  throw new Error(`${packageFolder(name)}/package.json has no version.`);
}
