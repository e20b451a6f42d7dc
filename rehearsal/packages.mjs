/** Whether the project's packages are there. Runs on any Node from 18 on, and without any of them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Whether each package that `package.json` names lies in `node_modules` in the version that it names.
 * @param {string} root of the repository
 */
export function packagesPresent(root) {
  const { dependencies, devDependencies } = readJson(join(root, "package.json"));
  return Object.entries({ ...dependencies, ...devDependencies }).every(([name, version]) => {
    const installed = join(root, "node_modules", name, "package.json");
    // @pulumi/policy says "v1.21.0" of itself: compared as it stands, each command would install everything again.
    return existsSync(installed) && readJson(installed).version.replace(/^v/, "") === version;
  });
}

/** @param {string} path */
export function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
