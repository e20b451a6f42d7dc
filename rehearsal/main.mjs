/**
 * Where `npm run rehearse`, `npm test` and the others begin. Runs on any Node from 18 on, sees to it that the project's
 * packages and a Node 24 are there, and hands over to `cli.ts` (or, with `run <file>`, to that file).
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { delimiter, dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, withLock } from "./cache.mjs";
import { packagesPresent, readJson } from "./packages.mjs";
import { step } from "./say.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const neededNode = 24;

try {
  await ensurePackages();
  const node = await ensureNode();
  const [command, ...rest] = process.argv.slice(2);
  const program =
    command === "run" ? [resolve(root, rest[0] ?? ""), ...rest.slice(1)] : [join(here, "cli.ts"), ...process.argv.slice(2)];
  process.exitCode = handOver(node, program, command === "run" ? projectFolder() : root);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** Installs the packages of `package.json` where one is missing or of another version. */
async function ensurePackages() {
  if (packagesPresent(root)) return;
  await withLock("packages", async () => {
    if (packagesPresent(root)) return;
    const verb = existsSync(join(root, "node_modules")) ? "install" : "ci";
    await step(`Installing the project's packages (npm ${verb})`, 20, () =>
      npm([verb, "--ignore-scripts", "--no-audit", "--no-fund"], root),
    );
  });
}

/** @returns {Promise<string>} the Node to run with: this one if it is new enough, otherwise the one that `node/` pins */
async function ensureNode() {
  if (Number(process.versions.node.split(".")[0]) >= neededNode) return process.execPath;
  const name = `node-linux-${process.arch}`;
  const version = readJson(join(here, "node", "package.json")).optionalDependencies[name];
  if (process.platform !== "linux" || version === undefined) {
    throw new Error(
      `This is Node ${process.versions.node} on ${process.platform}-${process.arch}. Install Node ${neededNode} or newer and try again.`,
    );
  }
  const folder = await cached(`node-${version}-${process.arch}`, (draft) =>
    step(`Getting Node ${version} (this one is ${process.versions.node}) from npm`, 10, () => {
      cpSync(join(here, "node"), draft, { recursive: true });
      npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], draft);
    }),
  );
  return join(folder, "node_modules", name, "bin", "node");
}

/**
 * The project that a command is about. npm starts us in the root, wherever it was called: in the folder of another project of this
 * repository, as those in `examples/`, it would be about the lab of the root.
 *
 * @returns {string} the nearest folder with a `Pulumi.yaml`, from where npm was called upwards
 */
function projectFolder() {
  for (let folder = resolve(process.env.INIT_CWD ?? root); folder.startsWith(root + sep); folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
  }
  return root;
}

/**
 * @param {string[]} args
 * @param {string} folder
 */
function npm(args, folder) {
  const { status, stderr, error } = spawnSync("npm", [...args, "--loglevel=error"], { cwd: folder, encoding: "utf8" });
  if (status !== 0)
    throw new Error(
      `\`npm ${args.join(" ")}\` failed in ${folder}:\n${error?.message ?? stderr.trim().split("\n").slice(0, 20).join("\n")}`,
    );
}

/**
 * Runs the program under the given Node, with the project's packages first on PATH, also without npm: their `pulumi` is the pinned
 * one, and another may lie beside Node. Then comes that Node: what the program starts (npm, vitest, Pulumi's language host) gets
 * the same one.
 *
 * @param {string} node
 * @param {string[]} program
 * @param {string} folder
 * @returns {number} exit status
 */
function handOver(node, program, folder) {
  const env = { ...process.env, PATH: [join(root, "node_modules", ".bin"), dirname(node), process.env.PATH].join(delimiter) };
  // A Ctrl-C reaches the whole group: the program tidies up, this process only has to outlive it.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
  const { status, error } = spawnSync(node, program, { stdio: "inherit", env, cwd: folder });
  if (error) throw error;
  return status ?? 1;
}
