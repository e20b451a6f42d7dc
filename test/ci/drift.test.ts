import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareLab, driftText } from "../../ci/drift.ts";
import type { Summary } from "../../operations/summary/model.ts";
import { UNREAD } from "../../providers/uci/inputs.ts";
import { firstLabFolder } from "../support/first-lab.ts";
import { FakeForge } from "./fake-forge.ts";

const nothing: Summary = {
  stack: "adama",
  ...{ workloads: [], routers: [], host: [], certificates: [], replaced: [], others: [], holds: [], findings: [] },
  ...{ images: [], planChanged: false, policiesAsked: true, warnings: [], errors: [] },
};

it("drift is what differs, and not a renewal that is due, an image to note, or a stack that could not be asked", () => {
  const renewal: Summary = { ...nothing, certificates: [{ name: "nginx-server", kind: "renewed" }] };
  const unreachable: Summary = { ...nothing, errors: ["adama cannot be reached"] };
  const forgets: Summary = { ...nothing, images: ["mosquitto: Pulumi forgets the image of a version that did not come up"] };
  expect(driftText([nothing, renewal, unreachable, forgets])).toBeUndefined();
  const text = driftText([nothing, { ...nothing, stack: "starbuck", others: ["Command preparation: update"] }]);
  expect(text).toContain("`npm run deploy -- starbuck` puts it right");
  expect(text).toContain("Command preparation");
  expect(text).not.toContain("adama");
});

describe("the job", () => {
  let forge: FakeForge;
  let folder = "";
  beforeEach(async () => {
    forge = await FakeForge.start();
    folder = mkdtempSync(join(tmpdir(), "homelab-drift-"));
    cpSync(firstLabFolder, folder, { recursive: true });
  });
  afterEach(async () => {
    await forge.stop();
    rmSync(folder, { recursive: true });
  });

  /** What `pulumi preview --refresh` of a stack prints: events of a recorded run. Those of routers, only where none is asked. */
  const recorded = (name: string) => `cat ${resolve("test/operations/summary/recorded", name)}.jsonl`;
  const routers = `[ -n "$${UNREAD}" ] || { echo "error: apollo: Permission denied (publickey)" >&2; exit 255; }`;
  const locked = `echo "error: the stack is currently locked by 1 lock(s)." >&2; exit 255`;

  /** Runs the job with a Pulumi that says this of each stack. */
  const job = (adama: string, starbuck: string): Promise<number> => {
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    const answer = `case "$*" in *"--stack adama"*--refresh*) ${adama};; *"--stack starbuck"*--refresh*) ${starbuck};; *) exit 9;; esac`;
    writeFileSync(join(bin, "pulumi"), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
    const env = { ...forge.environment(1), GITHUB_ACTIONS: "true", PATH: `${bin}:${process.env.PATH}` };
    return compareLab({ folder, env });
  };
  const issues = () => forge.issues.map(({ body, state }) => `${state}: ${body}`);

  it("writes the issue although its key opens no router, says that it looked at none, and closes it again", async () => {
    expect(await job(`${routers}; ${recorded("routers")}`, recorded("nothing"))).toBe(0);
    expect(issues()).toEqual([expect.stringMatching(/^open: [\s\S]*router gaeta: changed[\s\S]*The routers were not asked/)]);
    expect(await job(recorded("nothing"), recorded("nothing"))).toBe(0);
    expect(issues()).toEqual([expect.stringMatching(/^closed: /)]);
  });

  it("does not fail at a stack that is being updated, writes of the others, and says which it did not compare", async () => {
    expect(await job(locked, recorded("drift"))).toBe(0);
    expect(issues()).toEqual([
      expect.stringMatching(
        /deploy -- starbuck`[\s\S]*adama was not compared, it is being updated: the stack is currently locked/,
      ),
    ]);
  });

  it("fails where a stack cannot be asked, and leaves an issue of before as it is", async () => {
    await job(recorded("nothing"), recorded("drift"));
    const before = issues();
    expect(await job(recorded("nothing"), `echo "error: no route to host" >&2; exit 255`)).toBe(1);
    expect(issues()).toEqual(before);
    expect(await job(recorded("nothing"), locked)).toBe(0);
    expect(issues()).toEqual(before);
  });
});
