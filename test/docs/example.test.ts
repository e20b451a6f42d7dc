import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { stackNames } from "../../config/files.ts";
import { parseConfig } from "../../config/parse.ts";
import { checkLab } from "../../lab/check.ts";
import type { WorkloadDefinition } from "../../lab/definition.ts";
import type { StackConfig } from "../../lab/model.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { workloads } from "../../lab/workloads/index.ts";
import { renderUnits } from "../../providers/workload/quadlet.ts";
import { firstLabFolder, isNobodys } from "../support/first-lab.ts";
import { root } from "./documents.ts";
import { exampleFiles } from "./example.ts";

/*
 * The README's workload, as a person would type it in. It was also brought up on the simulated lab when it was written.
 */

const FILE = "lab/workloads/welcome.ts";
const files = exampleFiles();
const folder = mkdtempSync(join(tmpdir(), "homelab-readme-"));
const source = join(folder, "welcome.ts");
let catalogue: readonly WorkloadDefinition[] = [];

beforeAll(async () => {
  // It lies elsewhere than it would: its imports lead to the same files all the same, and it is a module as here.
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(source, (files[FILE] ?? "").replaceAll('from "../', `from "${root}/lab/`));
  const { welcome } = (await import(pathToFileURL(source).href)) as { welcome: WorkloadDefinition };
  // Who has followed the README has it already.
  catalogue = [...workloads.filter(({ name }) => name !== welcome.name), welcome];
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the README's workload", () => {
  it("compiles", { timeout: 60_000 }, () => {
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
      ts.sys,
      root,
    );
    const program = ts.createProgram([source], { ...options, typeRoots: [join(root, "node_modules/@types")] });
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
    expect(problems).toEqual([]);
  });

  it.runIf(isNobodys())("is listed next to all the others", () => {
    const listed = /= \[(.*)\]/.exec(files["lab/workloads/index.ts"] ?? "")?.[1]?.split(", ");
    const constants = catalogue.map(({ name }) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
    expect(listed).toEqual(constants);
  });

  it("makes a lab without problems, but for what is never filled in here", () => {
    for (const stack of stackNames(firstLabFolder)) {
      const { lab, stack: own, problems, written } = configured(stack);
      expect([...problems, ...checkLab(lab, own, written, catalogue)].filter(({ unfilled }) => !unfilled)).toEqual([]);
    }
  });

  it("gets a unit, a list of who may come in, and a page on the door", () => {
    const { lab, stack } = configured("starbuck");
    const { workloads: planned } = planHost(planLab(lab, catalogue), stack);
    const welcome = planned.find(({ placed }) => placed.name === "welcome");
    const nginx = planned.find(({ placed }) => placed.name === "nginx");
    expect(welcome && Object.keys(renderUnits(welcome))).toEqual(["welcome.container", "welcome.network"]);
    const server = welcome?.files.find(({ path }) => path === "nginx.conf")?.text;
    expect(server).toContain('"CN=health.starbuck.lab.home.arpa" yes;');
    expect(server).toContain('"CN=nginx.starbuck.lab.home.arpa" yes;');
    expect(server, "the folder with the key must not be served").toContain("root /config/current/page;");
    expect(welcome?.files.find(({ path }) => path === "page/index.html")?.text).toContain("https://metrics.lab.home.arpa/");
    expect(nginx?.files.find(({ path }) => path === "nginx.conf")?.text).toContain("server_name start.lab.home.arpa;");
  });
});

/** The configuration of the first lab with the README's lines added. */
function configured(stack: string): ReturnType<typeof parseConfig> & { stack: StackConfig } {
  const texts = ["Pulumi.yaml", `Pulumi.${stack}.yaml`];
  const settings = texts.map((file) =>
    merged(configOf(readFileSync(join(firstLabFolder, file), "utf8")), configOf(files[file] ?? "config: {}")),
  );
  const raw = Object.entries(Object.assign({}, ...settings) as Record<string, unknown>).map(([key, value]) => [
    key.replace(/^homelab:/, ""),
    isMap(value) && "value" in value ? value.value : value,
  ]);
  return parseConfig(Object.fromEntries(raw), stack);
}

function configOf(text: string): unknown {
  return (parse(text) as { readonly config: unknown }).config;
}

/** Maps in maps, joined; of anything else the second counts. */
function merged(first: unknown, second: unknown): unknown {
  if (!isMap(first) || !isMap(second)) return second;
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(keys.map((key) => [key, key in second ? merged(first[key], second[key]) : first[key]]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
