import { afterAll, describe, expect, test } from "vitest";
import { ofVariant, type RecordedChange, recording } from "./compare.ts";
import { missing, Stack } from "./engine.ts";
import { check, checkRun, checkState, type RecordedResource, type RecordedStep, replay } from "./replay.ts";

const lacks = await missing();
const stacks: Stack[] = [];
async function stackOf(program: string): Promise<Stack> {
  const stack = await Stack.create(program);
  stacks.push(stack);
  return stack;
}

interface Edge {
  previews: Record<string, RecordedStep & { proposes: RecordedChange[] }>;
  ups: Record<string, RecordedStep>;
  state: RecordedResource[];
  steps: RecordedStep[];
}

describe.skipIf(lacks !== undefined)(
  `random plugin as recorded${lacks === undefined ? "" : ` (${lacks})`}`,
  { timeout: 600_000 },
  () => {
    afterAll(async () => {
      await Promise.all(stacks.map((stack) => stack.remove()));
    });

    test("keepers, lengths and flags: what replaces, what is secret", async () => {
      const recorded = recording<Edge>("random-keepers");
      const stack = await stackOf("random-keepers");
      expect((await stack.run("up")).exit).toBe(0);
      const state = (await stack.state()).filter((each) => each.name.startsWith("keepers:"));
      const renamed = state.map((each) => ({ ...each, name: each.name.replace("keepers:", "") }));
      checkState(recorded.state, renamed, "state");
      expect((await stack.run("preview", "1", "--refresh")).proposes).toEqual([]);
      const changed = await stack.run("preview", "all");
      // RandomInteger is not in the program: the lab has none.
      for (const [variant, { proposes }] of Object.entries(recorded.previews).filter(([name]) => name !== "max")) {
        check(variant, "proposes", proposes, ofVariant(variant, changed.proposes));
      }
      const applied = await stack.run("up", "all");
      const did = applied.did.filter((each) => each.includes(" keepers:")).map((each) => each.replace("keepers:", ""));
      check("keepers", "did", recorded.ups.keepers?.did?.toSorted(), did.toSorted());
    });

    test("the texts keep to their flags, characters and least numbers", async () => {
      const stack = await stackOf("random-shapes");
      expect((await stack.run("up")).exit).toBe(0);
      const results = Object.fromEntries((await stack.state()).map((each) => [each.name, String(each.outputs.result)]));
      expect(results.lowerOnly).toMatch(/^[a-z]{40}$/);
      expect(results.override).toMatch(/^[-_]{40}$/);
      expect(results.least).toMatch(/^[A-Za-z0-9]{12}$/);
      expect(results.least?.match(/[A-Z]/g)).toHaveLength(4);
      expect(results.least?.match(/[0-9]/g)).toHaveLength(5);
    });

    test("wrong inputs: where they fail and with which text", async () => {
      const { previews, ups } = recording<Edge>("random-wrong");
      const stack = await stackOf("random-wrong");
      for (const [variant, recorded] of Object.entries(previews).filter(([name]) => name !== "minMax")) {
        checkRun(recorded, await stack.run("preview", variant), `preview ${variant}`);
        if (recorded.exit === 0) checkRun(ups[variant] ?? {}, await stack.run("up", variant), `up ${variant}`);
      }
    });

    test("import, and what follows it", async () => {
      await replay(await stackOf("random-import"), recording<Edge>("random-import").steps);
    });
  },
);
