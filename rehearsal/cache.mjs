/**
 * The cache of everything that is slow to make: Node, Go, the Pulumi engine, plugins, images. Plain JavaScript, because
 * `main.mjs` needs it before there is a Node that reads TypeScript.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { say } from "./say.mjs";

/** The cache's folder: `HOMELAB_CACHE_DIR`, or `homelab` in the user's cache. */
const root = process.env.HOMELAB_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "homelab");

/** What is ours there: the folder may be one that the person named, with other things in it. */
const OURS =
  /^(actionlint-|apt-|base\.tar$|compiled$|digest-|engine-|go1\.|images$|locks$|node-|openwrt-|plugins?-|podman$|pulumi-home$|registry$|renovate-|restic-)/;

/**
 * The path of something in the cache; without a name, that of the cache.
 *
 * @param {string[]} names
 * @throws {Error} of what `clearCache` would leave there
 */
export function inCache(...names) {
  const [first = ""] = names.join("/").split("/");
  if (names.length > 0 && !OURS.test(first))
    throw new Error(`OURS in rehearsal/cache.mjs lacks ${first}: nothing would remove it.`);
  return join(root, ...names);
}

/**
 * Makes a folder of the cache once. The key names all that its content depends on, so nothing in the cache is ever changed.
 * It is made under another name and renamed at the end: a run that is broken off never leaves a half.
 *
 * @param {string} key relative path, e.g. `node-24.21.0`
 * @param {(folder: string) => unknown} make fills the folder it is given
 * @returns {Promise<string>} the finished folder
 */
export async function cached(key, make) {
  const folder = inCache(key);
  if (existsSync(folder)) return folder;
  return await withLock(key.replaceAll("/", "-"), async () => {
    if (existsSync(folder)) return folder;
    const draft = `${folder}.draft`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    await make(draft);
    renameSync(draft, folder);
    return folder;
  });
}

/** Removes all that a rehearsal ever put into the cache, and nothing else. */
export function clearCache() {
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    if (OURS.test(name)) rmSync(join(root, name), { recursive: true, force: true });
  }
  if (existsSync(root) && readdirSync(root).length === 0) rmdirSync(root);
}

/**
 * Runs `body` while no other process runs one under the same name. The lock is the kernel's (`flock`), held by a child that
 * ends with this process however it ends: a killed run leaves no lock behind. Where there is no `flock` (macOS), nothing is locked:
 * no lab is rehearsed there, and the other commands only install the project's packages.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T> | T} body
 * @returns {Promise<T>}
 */
export async function withLock(name, body) {
  const path = inCache("locks", name);
  mkdirSync(dirname(path), { recursive: true });
  const holder = spawn("flock", ["--exclusive", path, "sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const patience = setTimeout(() => say(`Another run is busy with "${name}"; waiting for it.`), 2000);
  try {
    await new Promise((resolve, reject) => {
      holder.once("error", (error) =>
        "code" in error && error.code === "ENOENT"
          ? resolve(undefined)
          : reject(new Error(`The command flock (package util-linux) does not start: ${error.message}`)),
      );
      holder.once("exit", (code) => reject(new Error(`flock ended with ${code} before it had ${path}`)));
      holder.stdout.once("data", resolve);
    });
    clearTimeout(patience);
    return await body();
  } finally {
    clearTimeout(patience);
    // Waited for: who goes on with a program that blocks this process (main.mjs does) would keep the lock for as long as that runs.
    if (holder.exitCode === null && holder.pid !== undefined) {
      await new Promise((resolve) => {
        holder.once("exit", resolve);
        holder.stdin.end();
      });
    }
  }
}
