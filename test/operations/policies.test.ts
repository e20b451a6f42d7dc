import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { EngineEvent } from "../../operations/engine-events.ts";
import { findingsOf, policyPack } from "../../operations/policies.ts";
import type { PlannedResource } from "../../policy/policy.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { declaredLab, inUnit } from "../policy/declared.ts";
import { firstLabFolder } from "../support/first-lab.ts";

const WORKLOAD = "pulumi-nodejs:dynamic/homelab:Workload";
const project = { folder: firstLabFolder, env: {} };

let starbuck: readonly PlannedResource[];
beforeAll(async () => {
  const stacks = await declaredLab(firstLabFolder);
  starbuck = stacks[1]?.resources ?? [];
}, 60_000);

const step = (op: string, { type, name, inputs }: PlannedResource): EngineEvent => {
  const urn = `urn:pulumi:starbuck::homelab::${type}::${name}`;
  return { resourcePreEvent: { metadata: { op, urn, type, new: op === "delete" ? null : { inputs } } } };
};

/** The same workload, with more than half of what starbuck can give. */
function greedy(name: string): PlannedResource {
  const one = starbuck.find((resource) => resource.type === WORKLOAD && resource.name === name);
  if (!one) throw new Error(`There is no workload ${name}`);
  const edit = inUnit(name, /--memory=\w+ --memory-swap=\w+/, "--memory=4000m --memory-swap=4000m");
  return { ...one, inputs: edit({ ...one.inputs }) };
}

describe("what is declared counts once", () => {
  const found = (events: readonly EngineEvent[]) => findingsOf(project, events)?.map(({ message }) => message);
  const others = () => starbuck.filter(({ type, name }) => type !== WORKLOAD || name !== "prometheus");

  it("with a refresh too, which has each resource come by twice", () => {
    const all = [...others(), greedy("prometheus")];
    const steps = (op: string) => all.map((resource) => step(op, resource));
    expect(found(steps("same"))).toEqual([]);
    expect(found([...steps("refresh"), ...steps("same")])).toEqual([]);
    // Devices that do not answer end it there: nothing was declared.
    expect(found(steps("refresh"))).toBeUndefined();
  });

  it("and not at all if it goes away", () => {
    const gone = { ...greedy("alertmanager"), name: "gone" };
    const stay = [...others(), greedy("prometheus")].map((resource) => step("same", resource));
    expect(found([step("refresh", gone), ...stay, step("delete", gone)])).toEqual([]);
  });

  it("if it is replaced, in two steps", () => {
    const replaced = ["create-replacement", "replace"].map((op) => step(op, greedy("prometheus")));
    expect(found([...others().map((resource) => step("same", resource)), ...replaced])).toEqual([]);
  });

  it("but does count", () => {
    const all = [...starbuck.filter(({ type }) => type !== WORKLOAD), greedy("prometheus"), greedy("alertmanager")];
    expect(found(all.map((resource) => step("same", resource)))).toEqual([
      expect.stringMatching(/^starbuck cannot give what its containers may take: 8000 MiB of memory of 7424\./),
    ]);
  });
});

describe("the policies that judge", () => {
  it("are those of the code that runs, and none where that had none yet", () => {
    expect(policyPack(project)).toEqual(["--policy-pack", join(repository, "policy")]);
    const code = mkdtempSync(join(tmpdir(), "homelab-code-"));
    expect(policyPack({ ...project, code })).toEqual([]);
    mkdirSync(join(code, "policy"));
    writeFileSync(join(code, "policy", "PulumiPolicy.yaml"), "");
    expect(policyPack({ ...project, code })).toEqual(["--policy-pack", join(code, "policy")]);
    rmSync(code, { recursive: true });
  });

  it("are not those of today for the code of then, whose configuration has no plan here", () => {
    const events = starbuck.map((resource) => step("same", { ...resource, inputs: {} }));
    expect(findingsOf(project, events)?.length).toBeGreaterThan(0);
    expect(findingsOf({ ...project, code: "/old" }, events)).toBeUndefined();
  });
});
