/**
 * Whether the simulated routers' programs do what OpenWrt's own did: every step of the recordings is played on them, and exit
 * status, output and changed files have to be the same.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { attempt, type Result } from "../../../operations/shell.ts";
import { ensureOpenwrtPrograms } from "../../../rehearsal/toolchain/openwrt.ts";

const recordings = join(import.meta.dirname, "recordings");
const scenarios = readdirSync(recordings).filter((name) => name.endsWith(".json"));

let replay: Result;

beforeAll(async () => {
  replay = await attempt(join(await ensureOpenwrtPrograms(), "replay"), [recordings]);
  const summary = replay.stdout.split("\n").filter((line) => /agree$|^left out/.test(line));
  process.stdout.write(`${summary.join("\n")}\n`);
});

test.for(scenarios.map((name) => name.replace(".json", "")))(
  "the stand-ins do as the real programs did: %s",
  (scenario, { skip }) => {
    const lines = replay.stdout.split("\n");
    const start = lines.findIndex((line) => line.includes(scenario));
    const [line = `not played\n${replay.stderr}`, ...rest] = start < 0 ? [] : lines.slice(start);
    if (line.startsWith("left out")) skip(line);
    const differences = rest.slice(
      0,
      rest.findIndex((next) => !next.startsWith(" ")),
    );
    const [, agreed, steps] = /(\d+) of +(\d+) steps agree$/.exec(line) ?? [line];
    expect(differences.join("\n")).toBe("");
    expect(agreed).toBe(steps);
  },
);

test("the replay succeeded", () => {
  expect(replay.status, replay.stderr).toBe(0);
});
