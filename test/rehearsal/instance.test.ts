import { describe, expect, it } from "vitest";
import { instanceOf } from "../../rehearsal/simulation/instance.ts";
import { firstLabFolder } from "../support/first-lab.ts";

describe("a simulated lab", () => {
  it("has the hosts of Pulumi.yaml, at addresses of its own network", () => {
    const { hosts, subnet, registryAddress } = instanceOf("rehearsal", firstLabFolder);
    expect(hosts.map(({ name, address }) => [name, address])).toEqual([
      ["adama", "10.97.0.11"],
      ["starbuck", "10.97.0.12"],
    ]);
    expect(instanceOf("rehearsal").routers).toEqual([
      { name: "apollo", address: "10.97.0.1", container: "homelab-rehearsal-apollo" },
      { name: "gaeta", address: "10.97.0.3", container: "homelab-rehearsal-gaeta" },
    ]);
    expect({ subnet, registryAddress }).toEqual({ subnet: "10.97.0.0/24", registryAddress: "10.97.0.2" });
  });

  it("does not meet that of the tests, of the scenes, or another", () => {
    const labs = ["rehearsal", "test", "scenes", "mine"].map((name) => instanceOf(name, firstLabFolder));
    for (const property of ["subnet", "network", "folder", "registryContainer"] as const) {
      expect(new Set(labs.map((lab) => lab[property])).size).toBe(labs.length);
    }
    expect(new Set(labs.flatMap(({ hosts }) => hosts.map(({ container }) => container))).size).toBe(8);
    const ranges = labs.flatMap(({ subnet, wires, internet }) => [subnet, internet.subnet, ...wires.map((wire) => wire.subnet)]);
    expect(new Set(ranges).size).toBe(labs.length * 7);
  });

  it.each(["", "Mine", "../up", "a b", "9lives", "x".repeat(21)])(
    "refuses the name %j, which would not do for a folder or a container",
    (name) => {
      expect(() => instanceOf(name)).toThrow(/name/);
    },
  );
});
