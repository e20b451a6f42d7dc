import { afterAll, describe, expect, test } from "vitest";
import { opensslText, opensslVerifies } from "./certificates.ts";
import { ofVariant, type RecordedChange, recording } from "./compare.ts";
import { missing, Stack } from "./engine.ts";
import { check, checkRun, checkState, type RecordedResource, type RecordedStep, replay, resourceName } from "./replay.ts";

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
  texts: Record<string, string[]>;
  state: RecordedResource[];
  steps: RecordedStep[];
}

describe.skipIf(lacks !== undefined)(
  `tls plugin as recorded${lacks === undefined ? "" : ` (${lacks})`}`,
  { timeout: 600_000 },
  () => {
    afterAll(async () => {
      await Promise.all(stacks.map((stack) => stack.remove()));
    });

    test("which change replaces, and which is made in place", async () => {
      const { previews, ups } = recording<Edge>("tls-what-replaces");
      const stack = await stackOf("tls-what-replaces");
      expect((await stack.run("up")).exit).toBe(0);
      const changed = await stack.run("preview", "all");
      for (const [variant, recorded] of Object.entries(previews)) {
        check(variant, "proposes", recorded.proposes, ofVariant(variant, changed.proposes));
      }
      const applied = await stack.run("up", "all");
      for (const [variant, recorded] of Object.entries(ups)) {
        const did = applied.did.filter((each) => each.includes(` ${variant}:`)).map((each) => each.replace(`${variant}:`, ""));
        check(variant, "did", recorded.did?.toSorted(), did.toSorted());
      }
      const state = (await stack.state()).filter((each) => each.name === "early:leaf").map((each) => ({ ...each, name: "leaf" }));
      checkState(ups.early?.state ?? [], state, "early");
      expect((await stack.run("preview", "all", "--refresh")).proposes).toEqual([]);
    });

    test("extensions of certificates and forms of keys", async () => {
      const recorded = recording<Edge & { keys: Record<string, Record<string, unknown>> }>("tls-extensions");
      const stack = await stackOf("tls-extensions");
      expect((await stack.run("up")).exit).toBe(0);
      const state = await stack.state();
      for (const [name, text] of Object.entries(recorded.texts)) {
        const found = state.find((each) => resourceName(each) === name);
        check(name, "openssl", text, found && opensslText(found));
      }
      const keys = Object.entries(recorded.keys).map(([resource, outputs]) => ({ resource, outputs }));
      checkState(keys, state, "keys");
    });

    test("subjects and alternative names", async () => {
      const recorded = recording<Edge>("tls-sans");
      const stack = await stackOf("tls-sans");
      expect((await stack.run("up")).exit).toBe(0);
      const state = await stack.state();
      checkState(recorded.state, state, "state");
      for (const [name, text] of Object.entries(recorded.texts)) {
        const found = state.find((each) => resourceName(each) === name);
        check(name, "openssl", text, found && opensslText(found));
      }
      expect((await stack.run("preview")).proposes).toEqual([]);
      expect((await stack.run("preview", "1", "--refresh")).proposes).toEqual([]);
    });

    test("wrong inputs: what fails in the preview, and with which text", async () => {
      const { previews, ups } = recording<Edge>("tls-wrong-inputs");
      const stack = await stackOf("tls-wrong-inputs");
      expect((await stack.run("up")).exit).toBe(0);
      const failing = Object.entries(previews).filter(([, preview]) => preview.exit !== 0);
      expect(failing.map(([variant]) => variant)).toContain("hours negative");
      for (const [variant, recorded] of failing) checkRun(recorded, await stack.run("preview", variant), variant);
      const { errors: _, ...failed } = ups["use unknown"] ?? {};
      checkRun(failed, await stack.run("up", "use unknown"), "use unknown");
    });

    test("wrong inputs: what passes the preview and fails in the update", async () => {
      const { previews, ups } = recording<Edge>("tls-wrong-inputs");
      const stack = await stackOf("tls-wrong-inputs");
      expect((await stack.run("up")).exit).toBe(0);
      const failing = Object.keys(ups).filter((variant) => ups[variant]?.exit !== 0 && previews[variant]?.exit === 0);
      const preview = await stack.run("preview", "every");
      expect(preview.exit).toBe(0);
      const update = await stack.run("up", "every", "--continue-on-error");
      expect(update.exit).not.toBe(0);
      for (const variant of failing) {
        const created = previews[variant]?.proposes.filter((change) => change.op === "create");
        check(variant, "proposes", created, ofVariant(variant, preview.proposes));
        check(variant, "errors", ups[variant]?.errors, update.errorsOf[`${variant}:bad`]);
      }
    });

    test("odd inputs that are accepted", async () => {
      const { previews, ups, texts } = recording<Edge>("tls-wrong-inputs");
      const stack = await stackOf("tls-wrong-inputs");
      expect((await stack.run("up")).exit).toBe(0);
      const accepted = Object.keys(ups).filter((variant) => ups[variant]?.exit === 0 && variant !== "none");
      expect(accepted).toContain("hours zero");
      for (const variant of accepted) {
        // A resource of another type under the same name: its deletion was recorded with one that is not declared here.
        const own = (changes: RecordedChange[] = []) => changes.filter((change) => change.op !== "delete");
        const preview = await stack.run("preview", variant);
        check(variant, "proposes", own(previews[variant]?.proposes), ofVariant("", withEmptyVariant(preview.proposes)));
        checkRun({ exit: 0 }, await stack.run("up", variant), variant);
        const bad = (await stack.state()).find((each) => each.name === "bad");
        if (texts[variant] !== undefined) check(variant, "openssl", texts[variant], bad && opensslText(bad));
      }
    });

    test("early renewal in a plain preview and up, by the times in state", async () => {
      const { steps } = recording<Edge>("tls-early-renewal");
      const stack = await stackOf("tls-early-renewal");
      await replay(stack, steps, {
        "state edited: validityStartTime and validityEndTime of long, self, noWindow so that 10 days are left (window 30 days)":
          () => moveTimes(stack, 10),
        "state edited again: 10 days left": () => moveTimes(stack, 10),
        "state edited: expired 5 days ago": () => moveTimes(stack, -5),
        "state edited: readyForRenewal true, the times left as they are": async () => {
          await stack.edit((name, outputs) => {
            if (["long", "self"].includes(name)) outputs.readyForRenewal = true;
          });
          return undefined;
        },
      });
    });

    test("a changed CA takes all that it signed with it", async () => {
      const { steps } = recording<Edge>("tls-ca-changed");
      const stack = await stackOf("tls-ca-changed");
      const pem = async (name: string) =>
        String((await stack.state()).find((each) => resourceName(each) === name)?.outputs.certPem);
      await replay(stack, steps, {
        "openssl verify leaf against ca": async () => {
          expect(opensslVerifies(await pem("LocallySignedCert leaf"), await pem("SelfSignedCert ca"), stack.folder)).toBe(true);
          return undefined;
        },
        "openssl x509 -text of the certificates in state": async () => undefined,
      });
    });
  },
);

/** Moves the validity of the certificates with 90 days so that it ends in so many days. */
async function moveTimes(stack: Stack, daysLeft: number): Promise<undefined> {
  const day = 86_400_000;
  const time = (days: number) => new Date(Date.now() + days * day).toISOString().replace(/\.\d+Z$/, "Z");
  await stack.edit((name, outputs) => {
    if (!["long", "self", "noWindow"].includes(name)) return;
    outputs.validityEndTime = time(daysLeft);
    outputs.validityStartTime = time(daysLeft - 90);
  });
}

function withEmptyVariant<T extends { op: string; resource: string }>(changes: T[]): T[] {
  return changes
    .filter((change) => change.op !== "delete")
    .map((change) => ({ ...change, resource: change.resource.replace(" ", " :") }));
}
