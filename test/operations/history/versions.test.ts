import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Entry,
  parseHistory,
  settingChanges,
  versionTable,
  versionToReturnTo,
} from "../../../operations/history/versions.ts";

/** What a file backend said of four updates on the simulated lab, of which the third failed. */
const text = readFileSync(join(import.meta.dirname, "recorded.json"), "utf8");
const entries = JSON.parse(text) as readonly Entry[];
const recorded = parseHistory(text);

/** The recorded history with entries before (that is, newer than) it. */
const withNewer = (...newer: Partial<Entry>[]) =>
  parseHistory(JSON.stringify([...newer.map((entry) => ({ ...entries[0], ...entry })), ...entries]));

describe("a history", () => {
  it("is numbered from its beginning where the backend does not count", () => {
    expect(recorded.map(({ number, result }) => [number, result])).toEqual([
      [1, "succeeded"],
      [2, "succeeded"],
      [3, "failed"],
      [4, "succeeded"],
    ]);
  });

  it("keeps the numbers of a backend that counts", () => {
    const counted = entries.map((entry, index) => ({ ...entry, version: 40 - index }));
    expect(parseHistory(JSON.stringify(counted)).map(({ number }) => number)).toEqual([37, 38, 39, 40]);
  });

  it("has who, the first line of the message, commit, and whether files differed from it", () => {
    expect(recorded[1]).toMatchObject({
      who: "Laura",
      message: "Alertmanager, and less memory for Prometheus",
      commit: "0123456789abcdef0123456789abcdef01234567",
      dirty: true,
    });
  });

  it("takes structured values as values, and of secrets nothing but their names", () => {
    expect(recorded[1]?.settings["homelab:limits"]).toEqual({ prometheus: { memory: "640MiB" } });
    const config = { ...entries[0]?.config, "homelab:password": { secret: true } };
    const [, , , , latest] = withNewer({ config });
    expect(latest?.secrets).toEqual(["homelab:password"]);
    expect(latest?.settings).not.toHaveProperty("homelab:password");
  });

  it("is a table, to the letter, with what failed compared to the last that did not", async () => {
    const table = versionTable(recorded, 15, ({ number }) => (number === 2 ? "alertmanager abcdef01, 3 MB" : ""));
    await expect(`${table}\n`).toMatchFileSnapshot("./versions.txt");
    expect(versionTable(recorded, 2).split("\n")).toHaveLength(4);
  });

  it("may be empty", () => {
    expect(parseHistory("")).toEqual([]);
    expect(parseHistory("[]")).toEqual([]);
  });
});

describe("a version to go back to", () => {
  it("is one that succeeded", () => {
    expect(versionToReturnTo("starbuck", recorded, 2).number).toBe(2);
  });

  it.each([
    ["is not there", {}, 9, "starbuck has no version 9. Those that succeeded: 1, 2, 4, 5."],
    ["failed", {}, 3, "Version 3 of starbuck failed: it never ran as a whole. Those that succeeded: 1, 2, 4, 5."],
    [
      "was interrupted",
      { result: "in-progress" },
      5,
      "Version 5 of starbuck was interrupted or still runs: it never ran as a whole.",
    ],
    ["has no result at all", { result: "" }, 5, "Version 5 of starbuck was interrupted or still runs"],
    ["is no update", { kind: "destroy" }, 5, "Version 5 of starbuck is no update but a destroy."],
    ["is a refresh", { kind: "refresh" }, 5, "Version 5 of starbuck is no update but a refresh."],
  ])("%s: said, with those that one may take", (_, newest, number, message) => {
    expect(() => versionToReturnTo("starbuck", withNewer(newest), number)).toThrow(message);
  });

  it("cannot be found where nothing ever succeeded", () => {
    const failed = parseHistory(JSON.stringify([{ ...entries[0], result: "failed" }]));
    expect(() => versionToReturnTo("starbuck", failed, 1)).toThrow("No version of it ever succeeded.");
  });
});

describe("what changed between versions", () => {
  it("is read by workload for images, by path for the rest", () => {
    const before = {
      "homelab:images": { a: "r/a:1.0@sha256:11", b: "r/b:2@sha256:aaaaaaaaaa" },
      "homelab:limits": { a: { memory: "1GiB" } },
    };
    const after = { "homelab:images": { a: "r/a:1.1@sha256:22", b: "r/b:2@sha256:bbbbbbbbbb" }, "homelab:limits": {} };
    expect(settingChanges(before, after)).toEqual([
      "a: 1.0 → 1.1",
      "b: 2 (sha256:aaaaaaaa → sha256:bbbbbbbb)",
      "limits.a.memory: 1GiB → (none)",
    ]);
  });
});
