import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { schemaFiles } from "../../operations/schema.ts";
import { projectFile } from "../config/fixtures.ts";
import { firstLabFiles, isNobodys } from "../support/first-lab.ts";

describe("the schemas for editors", () => {
  it.each(Object.entries(schemaFiles()))("%s is current: npm run schema", (path, text) => {
    expect(projectFile(path)).toBe(text);
  });

  it.runIf(isNobodys()).each([
    ["Pulumi.yaml", "schema/pulumi.json"],
    ["Pulumi.adama.yaml", "schema/pulumi-stack.json"],
    ["Pulumi.starbuck.yaml", "schema/pulumi-stack.json"],
  ])("%s names its own", (file, schema) => {
    expect(projectFile(file)).toMatch(new RegExp(`^# yaml-language-server: \\$schema=\\./${schema}\n`));
    expect(schemaFiles()).toHaveProperty([schema]);
  });

  it.each([
    ["Pulumi.yaml", "schema/pulumi.json"],
    ["Pulumi.adama.yaml", "schema/pulumi-stack.json"],
  ])("know every key of %s, and mark others", (file, schema) => {
    const { properties, patternProperties } = JSON.parse(schemaFiles()[schema] ?? "").properties.config;
    for (const key of Object.keys(parse(firstLabFiles()[file] ?? "").config)) expect(properties).toHaveProperty([key]);
    const [[pattern, allowed] = ["", true]] = Object.entries(patternProperties);
    expect(allowed).toBe(false);
    expect("homelab:placment").toMatch(new RegExp(pattern));
    for (const key of Object.keys(properties)) expect(key).not.toMatch(new RegExp(pattern));
    expect("docker:host").not.toMatch(new RegExp(pattern));
  });
});
