import { describe, expect, it } from "vitest";
import { add, none, summary } from "../../rehearsal/commands/counts.ts";
import { play, table } from "../../rehearsal/scenes/play.ts";
import { NotRehearsed, type Scene } from "../../rehearsal/scenes/scene.ts";
import { changesOf, describeChange } from "../../rehearsal/simulation/changes.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";

describe("the summary of the tests", () => {
  const counts = add({ ...none, passed: 2 }, { ...none, passed: 1, failed: 1, failures: ["lint"], notRun: ["Go"] });

  it("ends with the counts on a line of their own, and names what failed and what was not run", () => {
    expect(summary(counts, false)).toBe("\nNot run: Go\nFailed: lint\n3 passed, 1 failed\n");
  });

  it("where everything has to be there, what was not run has failed", () => {
    expect(summary(counts, true)).toMatch(/\n3 passed, 2 failed\n$/);
  });
});

describe("scenes", () => {
  const scene = (name: string, ending: "ok" | Error, foundation?: true): Scene => ({
    ...{ name, title: name, look: `docs/${name}.md`, ...(foundation ? { foundation } : {}) },
    play: async () => {
      if (ending !== "ok") throw ending;
    },
  });
  // No scene here looks at it.
  const lab = {} as Lab;

  it("one that fails does not keep the others from being played", async () => {
    const played = await play([scene("a", new Error("broken\nin detail")), scene("b", "ok")], lab);
    expect(played.map(({ result }) => result)).toEqual(["FAILED", "ok"]);
    expect(table(played).split("\n").slice(1)).toEqual([
      expect.stringMatching(/^a +FAILED +0 s +broken$/),
      expect.stringMatching(/^b +ok +0 s +docs\/b\.md$/),
    ]);
  });

  it("after a foundation that fails nothing passes", async () => {
    const played = await play([scene("a", new Error("broken"), true), scene("b", "ok")], lab);
    expect(played.map(({ result, reason }) => [result, reason])).toEqual([
      ["FAILED", "broken"],
      ["not played", 'needs "a"'],
    ]);
  });

  it("what cannot be played here is said to be so", async () => {
    const played = await play([scene("a", new NotRehearsed("no image"))], lab);
    expect(table(played)).toMatch(/\na +not rehearsed +0 s +no image$/);
  });
});

describe("changes of a preview", () => {
  const urn = "urn:pulumi:starbuck::homelab::homelab:components:Workload$pulumi-nodejs:dynamic/homelab:Workload::prometheus";
  const preview = (steps: readonly object[]) => JSON.stringify({ steps });

  it("are named with their properties; what stays, is read or refreshed is none", () => {
    const steps = ["same", "read", "refresh"].map((op) => ({ op, urn }));
    const changes = changesOf(preview([...steps, { op: "update", urn, detailedDiff: { "files.prometheus.yml": {} } }]));
    expect(changes.map(describeChange)).toEqual([
      "update pulumi-nodejs:dynamic/homelab:Workload prometheus (files.prometheus.yml)",
    ]);
  });

  it("an empty preview has none", () => {
    expect(changesOf("{}")).toEqual([]);
  });
});
