import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const module = join(import.meta.dirname, "../../rehearsal/cache.mjs");
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "homelab-cache-"));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** Starts a process of its own that runs `code` with the cache's functions; its stdout when it is over, however it ended. */
function start(code: string, path = process.env.PATH) {
  const script = `import { cached, clearCache, withLock } from ${JSON.stringify(module)};
    import { writeFileSync } from "node:fs"; import { setTimeout as sleep } from "node:timers/promises";
    ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, HOMELAB_CACHE_DIR: cache, PATH: path },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  return { child, over: once(child, "close").then(() => said), saidSomething: once(child.stdout, "data") };
}

const make = (text: string) => `console.log("making"); writeFileSync(folder + "/file", ${JSON.stringify(text)});`;

it("makes a folder once", async () => {
  const code = `const path = await cached("images/a", (folder) => { ${make("x")} }); console.log(path);`;
  expect(await start(code).over).toBe(`making\n${join(cache, "images/a")}\n`);
  expect(await start(code).over).toBe(`${join(cache, "images/a")}\n`);
  expect(readFileSync(join(cache, "images/a/file"), "utf8")).toBe("x");
});

it("two runs at once make it once, and both get it", async () => {
  const code = `await cached("images/a", async (folder) => { ${make("x")} await sleep(300); }); console.log("have it");`;
  const said = await Promise.all([start(code).over, start(code).over]);
  expect(said.sort()).toEqual(["have it\n", "making\nhave it\n"]);
});

it("a run that is killed leaves neither a half nor a lock", async () => {
  const broken = start(`await cached("images/a", async (folder) => { ${make("half")} await sleep(60_000); });`);
  await broken.saidSomething;
  broken.child.kill("SIGKILL");
  await broken.over;
  expect(existsSync(join(cache, "images/a"))).toBe(false);
  await start(`await cached("images/a", (folder) => { ${make("whole")} });`).over;
  expect(readFileSync(join(cache, "images/a/file"), "utf8")).toBe("whole");
});

it("a lock is free when its body is over, even if the process then waits for a program and does nothing else", async () => {
  const blocked = start(`import { execFileSync } from "node:child_process";
    await withLock("x", () => {}); process.stdout.write("over"); execFileSync("sleep", ["60"]);`);
  await blocked.saidSomething;
  expect(await start(`await withLock("x", () => console.log("mine"));`).over).toBe("mine\n");
  expect(blocked.child.exitCode).toBe(null);
  blocked.child.kill("SIGKILL");
});

it("where there is no flock, as on macOS, what is to be done is done without a lock", async () => {
  expect(await start(`await withLock("x", () => console.log("mine"));`, "/nowhere").over).toBe("mine\n");
});

it("a failure to make leaves nothing that counts as made", async () => {
  await start(`await cached("images/a", () => { throw new Error("no"); });`).over;
  expect(existsSync(join(cache, "images/a"))).toBe(false);
});

it("is cleared of what is ours only: the person may have named a folder with other things in it", async () => {
  for (const name of ["node-24.21.0-x64", "openwrt-219701bfe0f7b0e4-x64", "podman", "photos"]) mkdirSync(join(cache, name));
  writeFileSync(join(cache, "notes.txt"), "mine");
  await start("clearCache();").over;
  expect(readdirSync(cache).sort()).toEqual(["notes.txt", "photos"]);
});

it("takes nothing that it would not be cleared of", async () => {
  const code = (key: string) => `await cached(${JSON.stringify(key)}, () => {}).catch(({ message }) => console.log(message));`;
  expect(await start(code("photos/cat")).over).toContain("OURS in rehearsal/cache.mjs lacks photos");
  expect(existsSync(join(cache, "photos"))).toBe(false);
});
