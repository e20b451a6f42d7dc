import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hostsOf, hostTarget } from "../../operations/hosts.ts";
import { stacksInOrder } from "../../operations/stacks.ts";
import { projectFolder } from "./fake-pulumi.ts";

let folder = "";
beforeEach(() => {
  folder = projectFolder("{ nginx: [adama, starbuck] }");
});
afterEach(() => rmSync(folder, { recursive: true }));

function spoil(from: string, to: string): void {
  const file = join(folder, "Pulumi.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
}

it("a host whose entry has a wrong value is not said to be none, and nothing is done without it", () => {
  spoil("memory: 8GiB", "memory: 8GB");
  const problem = /^One problem in the configuration; nothing was changed\.\n\nPulumi\.yaml: homelab:hosts\.starbuck\.memory\n/;
  expect(() => stacksInOrder(folder)).toThrow(problem);
  expect(() => stacksInOrder(folder, "starbuck")).toThrow(problem);
  expect(() => hostTarget(folder, "starbuck")).toThrow(problem);
});

it("a workload whose hosts are no list is not said to be placed on none", () => {
  expect(hostsOf(folder, "nginx")).toEqual(["adama", "starbuck"]);
  spoil("nginx: [adama, starbuck]", "nginx: adama");
  expect(() => hostsOf(folder, "nginx")).toThrow(/^One problem .*\n\nPulumi\.yaml: homelab:placement\.nginx\n/);
});
