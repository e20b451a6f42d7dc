import * as fs from "node:fs/promises";
import * as path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { asRecorded, ofVariant, type RecordedChange, recording } from "./compare.ts";
import { missing, Stack } from "./engine.ts";
import { check, checkState, filled, type RecordedResource, type RecordedStep, replay } from "./replay.ts";

const lacks = await missing();
const stacks: Stack[] = [];
async function stackOf(program: string): Promise<Stack> {
  const stack = await Stack.create(program);
  stacks.push(stack);
  return stack;
}

interface Edge {
  steps: RecordedStep[];
  previews: Record<string, { proposes: RecordedChange[] }>;
  proposes: RecordedChange[];
  state: RecordedResource[];
  leaks: string[];
  status: Record<string, string[]>;
  errors: string[];
  lengths: Record<string, number>;
}

// All but local-command were recorded with remote.Command: in the official plugin the two share their rules, and differ in
// how an error begins, which the recordings here have in local.Command's words.
describe.skipIf(lacks !== undefined)(
  `command plugin as recorded${lacks === undefined ? "" : ` (${lacks})`}`,
  { timeout: 600_000 },
  () => {
    afterAll(async () => {
      await Promise.all(stacks.map((stack) => stack.remove()));
    });

    test("interpreter, folder, environment, input, previous output, and ways to fail", async () => {
      const stack = await stackOf("local-command");
      // How many of the updates that failed came as far as this resource is chance.
      const steps = filled(recording<Edge>("local-command").steps, {
        "\\nlocal-command\\n": `\\n${path.basename(stack.folder)}\\n`,
        "had had had had had": "had …",
      });
      const deleted = async () => (await lines(stack, "del.txt")).map((line) => line.replace(/(had )+/, "had … "));
      await replay(stack, steps, { "cat del.txt": deleted });
    });

    test("what an edit of each input does", async () => {
      const stack = await stackOf("command-changes");
      expect((await stack.run("up")).exit).toBe(0);
      const changed = await stack.run("preview", "all");
      for (const [variant, { proposes }] of Object.entries(recording<Edge>("command-changes").previews)) {
        check(variant, "proposes", proposes, ofVariant(variant, changed.proposes));
      }
      expect((await stack.run("preview", "1", "--refresh")).proposes).toEqual([]);
    });

    test("which script an edit runs", async () => {
      const stack = await stackOf("command-small-edits");
      await replay(stack, recording<Edge>("command-small-edits").steps, {
        "on the host: what ran": () => lines(stack, "elog"),
        "on the host: what ran (remote)": () => lines(stack, "elog"),
        "log emptied": async () => void (await taken(stack, "elog")),
        "local.log, the whole": () => lines(stack, "local.log"),
      });
    });

    test("empty update scripts", async () => {
      const stack = await stackOf("command-empty-update");
      await replay(stack, recording<Edge>("command-empty-update").steps, {
        "on the host: what ran (remote)": () => taken(stack, "ulog"),
        "local.log": () => lines(stack, "local.log"),
      });
    });

    test("a failing update leaves the old inputs", async () => {
      await replay(await stackOf("command-update-fails"), recording<Edge>("command-update-fails").steps);
    });

    test("a failing delete leaves the resource, also the old one of a replacement", async () => {
      await replay(await stackOf("command-delete-fails"), recording<Edge>("command-delete-fails").steps);
    });

    test("a replacement whose create fails leaves the old one as it was", async () => {
      const stack = await stackOf("command-replacement-fails");
      await replay(stack, recording<Edge>("command-replacement-fails").steps, {
        "on the host: cat rlog; : > rlog": () => taken(stack, "rlog"),
      });
    });

    test("what is secret in state, and what errors show", async () => {
      const { state, leaks } = recording<Edge>("command-secrets");
      const stack = await stackOf("command-secrets");
      expect((await stack.run("up")).exit).toBe(0);
      checkState(state, await stack.state(), "state");
      const failed = await stack.run("up", "leaks", "--continue-on-error");
      check("leaks", "errors", leaks, failed.errors.map((error) => error.replaceAll(/\s+/g, " ")).toSorted());
    });

    test("a changed secret and unknown inputs in a preview", async () => {
      const stack = await stackOf("command-secret-in-preview");
      expect((await stack.run("up")).exit).toBe(0);
      const changed = await stack.run("preview", "2");
      check("changed", "proposes", recording<Edge>("command-secret-in-preview").proposes, asRecorded(changed.proposes));
      expect(changed.output).not.toContain("hush");
    });

    test("logging", async () => {
      const { status } = recording<Edge>("command-logging");
      const ran = await (await stackOf("command-logging")).run("up");
      for (const [name, shown] of Object.entries(status)) check(name, "status", shown, (ran.status[name] ?? []).toSorted());
    });

    test("large input and output, and output that is no text", async () => {
      const { errors, lengths } = recording<Edge>("command-odd");
      const stack = await stackOf("command-odd");
      const ran = await stack.run("up", "1", "--continue-on-error");
      check("nul", "errors", errors, ran.errors);
      const state = await stack.state();
      for (const [name, length] of Object.entries(lengths)) {
        expect.soft(String(state.find((each) => each.name === name)?.outputs.stdout), name).toHaveLength(length);
      }
    });
  },
);

/** Lines of a file that the program's commands wrote in the project's folder. */
async function lines(stack: Stack, file: string): Promise<string[]> {
  const text = await fs.readFile(path.join(stack.folder, file), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

/** The same, and empties the file. */
async function taken(stack: Stack, file: string): Promise<string[]> {
  const found = await lines(stack, file);
  await fs.rm(path.join(stack.folder, file), { force: true });
  return found;
}
