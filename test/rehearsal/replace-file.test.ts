/** Podman's settings are written by one process while others read them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { replaceFile } from "../../rehearsal/toolchain/replace-file.ts";

const module = join(import.meta.dirname, "../../rehearsal/toolchain/replace-file.ts");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "homelab-replace-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("whoever reads gets a whole text, however often it is written meanwhile", async () => {
  const path = join(folder, "settings");
  const texts = ["a".repeat(500_000), "b".repeat(500_000)];
  writeFileSync(path, texts[0] ?? "");
  const program = `import { replaceFile } from ${JSON.stringify(module)};
    for (let round = 0; round < 300; round++) replaceFile(${JSON.stringify(path)}, "ab"[round % 2].repeat(500_000));`;
  const writer = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: "inherit" });
  const over = once(writer, "exit");
  const read = new Set<string>();
  while (writer.exitCode === null) read.add(await readFile(path, "utf8"));
  expect(await over).toEqual([0, null]);
  expect([...read].sort()).toEqual(texts);
  expect(readdirSync(folder)).toEqual(["settings"]);
});

it("a text that is there already is not written", () => {
  const path = join(folder, "settings");
  replaceFile(path, "text");
  const { ino } = statSync(path);
  replaceFile(path, "text");
  expect(statSync(path).ino).toBe(ino);
  replaceFile(path, "other");
  expect(readFileSync(path, "utf8")).toBe("other");
});
