import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, hashOf } from "../../lab/canonical.ts";
import type { LabConfig } from "../../lab/model.ts";
import { planLab } from "../../lab/plan.ts";
import { workloads } from "../../lab/workloads/index.ts";
import { firstLab, hostConfig, starbuck } from "./fixtures.ts";

describe("canonicalJson", () => {
  it("is JSON of the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("does not depend on the order of keys, but on that of lists", () => {
    expect(canonicalJson({ b: 1, a: { d: [2, 1], c: undefined } })).toBe('{"a":{"d":[2,1]},"b":1}');
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, a: 1 }));
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
  });
});

describe("the hash of a plan", () => {
  const { hash } = planLab(firstLab);
  const withHost = (changes: Parameters<typeof hostConfig>[0]): LabConfig => ({
    ...firstLab,
    hosts: { adama: hostConfig(changes), starbuck },
  });

  it.each([
    ["an address", withHost({ address: "192.168.1.30" })],
    ["the domain", { ...firstLab, domain: "house.home.arpa" }],
    ["a placement", { ...firstLab, placement: { ...firstLab.placement, mosquitto: ["starbuck"] } }],
    ["the primary host", { ...firstLab, primary: "starbuck" }],
  ])("changes with %s", (_, config) => {
    expect(planLab(config).hash).not.toBe(hash);
  });

  it("does not change with what concerns one host", () => {
    expect(planLab(withHost({ memoryMiB: 8192, hostKey: "unset", sshPort: 2222 })).hash).toBe(hash);
    const roomier = workloads.map((one) => ({ ...one, limits: { memoryMiB: 1, cpus: 1, pids: 1 }, volumes: [] }));
    expect(planLab(firstLab, roomier).hash).toBe(hash);
  });
});
