import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { projectSchema, stackSchema } from "../../config/schema.ts";
import { planReport } from "../../operations/plan.ts";
import { scenes } from "../../rehearsal/scenes/index.ts";
import { faults } from "../integration/faults/faults.ts";
import { phases } from "../integration/faults/phases.ts";
import { firstLabFiles, firstLabFolder } from "../support/first-lab.ts";
import { anchors, codeBlocks, documents, inlineCode, links, read, root } from "./documents.ts";
import { exampleFiles } from "./example.ts";

const all = documents();
const readme = read("README.md");
/** JSON, from a script that npm announces by two lines of its own. */
const readsNpmToo = /(?<!npm run -s \w+ )-- (?:[^`\n]* )?--json/;

describe.each(all)("$path", (document) => {
  it("links to what there is", () => {
    const broken = links(document).filter((link) => !link.startsWith("https://") && !leadsSomewhere(document.path, link));
    expect(broken).toEqual([]);
  });

  it("names files that there are", () => {
    const named = inlineCode(document).filter(looksLikeOurs);
    // Those of the first lab, too: at the root may be anybody's.
    const known = { ...exampleFiles(), ...firstLabFiles() };
    expect(named.filter((path) => !isThere(path) && !(path in known))).toEqual([]);
  });

  it("names npm scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = [...document.text.matchAll(/\bnpm (?:run (?:-s )?)?(?!run\b|ci\b)([a-z]+)\b(?=[\s`,;.])/g)].map(
      ([, name = ""]) => name,
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("keeps npm's own lines from those who read JSON", () => {
    expect(document.text).not.toMatch(readsNpmToo);
  });

  it("names settings of ours that something reads", () => {
    const named = new Set([...document.text.matchAll(/\bHOMELAB_[A-Z_]+\b/g)].map(([name]) => name));
    const sources = [
      "rehearsal/cache.mjs",
      "rehearsal/cli.ts",
      "rehearsal/commands/current.ts",
      "rehearsal/toolchain/plugins.ts",
      "test/integration/faults/faults.test.ts",
      "test/integration/openwrt-device.test.ts",
    ];
    const code = sources.map((path) => readFileSync(join(root, path), "utf8")).join("");
    const workflows = ["preview", "deploy"]
      .map((name) => readFileSync(join(root, `.github/workflows/${name}.yml`), "utf8"))
      .join("");
    const isRead = (name: string) =>
      code.includes(`process.env.${name}`) || new RegExp(`(vars|secrets)\\.${name}\\b`).test(workflows);
    expect([...named].filter((name) => !isRead(name))).toEqual([]);
  });

  it("has lines that fit an editor", () => {
    const prose = document.text.split(/^```/m).filter((_, index) => index % 2 === 0);
    const long = prose
      .join("")
      .split("\n")
      .filter((line) => line.length > 130 && !line.startsWith("|"));
    expect(long).toEqual([]);
  });
});

it.each(["rehearsal/cli.ts", "operations/preview.ts"])("%s keeps npm's own lines from those who read JSON", (path) => {
  expect(read(path).text).toMatch(/-- --json/);
  expect(read(path).text).not.toMatch(readsNpmToo);
});

describe("README.md", () => {
  it("draws the first lab", () => {
    const drawn = codeBlocks(readme).find(({ language }) => language === "mermaid");
    expect(drawn?.code.trimEnd()).toBe(planReport(firstLabFolder, "mermaid").text.trimEnd());
  });

  it("leads to every other document", () => {
    const others = all.map(({ path }) => path).filter((path) => path !== "README.md");
    expect(others.filter((path) => !links(readme).some((link) => link.split("#")[0] === path))).toEqual([]);
  });
});

describe("docs/configuration.md", () => {
  it("shows problems as they are printed", () => {
    const folder = mkdtempSync(join(tmpdir(), "homelab-docs-"));
    for (const [file, text] of Object.entries(firstLabFiles())) {
      const spoilt = text.replace("memory: 4GiB", "memory: 800MiB").replace(/address(?=: 192\.168\.20\.11$)/m, "adress");
      writeFileSync(join(folder, file), spoilt);
    }
    const { text } = planReport(folder);
    rmSync(folder, { recursive: true });
    expect(codeBlocks(read("docs/configuration.md")).map(({ code }) => code.trimEnd())).toContain(text);
  });

  it("has every key that there is", () => {
    const named = inlineCode(read("docs/configuration.md"));
    const inputs = [projectSchema, stackSchema].map((schema) => z.toJSONSchema(schema, { io: "input" }) as JsonSchema);
    const keys = inputs.flatMap((schema) => [
      ...Object.keys(schema.properties ?? {}).map((key) => `homelab:${key}`),
      ...Object.values(schema.properties ?? {}).flatMap(innerKeys),
    ]);
    expect(keys).toContain("homelab:hosts");
    expect(keys).toContain("containerSubnet");
    expect(keys.filter((key) => !named.includes(key))).toEqual([]);
  });
});

describe("docs/network.md", () => {
  it("says who may talk to whom in the first lab", () => {
    expect(read("docs/network.md").text).toContain(planReport(firstLabFolder, "access").text.trimEnd());
  });
});

describe("docs/rehearsal.md", () => {
  it("has every scene that there is, in order, by its title", () => {
    const rows = scenes.map(({ name, title }) => `| \`${name}\` | ${title} |`).join("\n");
    expect(read("docs/rehearsal.md").text).toContain(rows);
  });
});

describe("docs/faults.md", () => {
  const { text } = read("docs/faults.md");

  it("says which faults are played with the real engine", () => {
    const names = faults.filter(({ needsEngine }) => needsEngine).map(({ name }) => name);
    expect(text).toContain(`(${names.join(", ")})\nare played with the real engine`);
  });

  it("has every phase, in order, by its words", () => {
    expect(text).toContain(phases.map(({ name, words }) => `| ${name} | ${words} |`).join("\n"));
  });
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Keys of an object such as `wifi` of the network, or of the entries of a map such as `address` of a host. */
function innerKeys({ additionalProperties, properties = {} }: JsonSchema): readonly string[] {
  const ofEntries = typeof additionalProperties === "object" ? Object.keys(additionalProperties.properties ?? {}) : [];
  return [...Object.keys(properties), ...ofEntries];
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : normalize(join(dirname(from), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchors(read(target)).includes(anchor);
}

/** Git knows no empty folders: one is as good as missing. */
function isThere(path: string): boolean {
  const place = join(root, path);
  return existsSync(place) && (!statSync(place).isDirectory() || readdirSync(place).length > 0);
}

/** Folders of this repository, written out: one that is renamed must fail here, not be passed over. */
const FOLDERS = "bench|components|config|docs|lab|operations|providers|rehearsal|schema|test";

/** A path of this repository, as opposed to one on a Pi, an image, or a command. */
function looksLikeOurs(code: string): boolean {
  if (new RegExp(`^(${FOLDERS})/[\\w./-]*$`).test(code)) return true;
  return /^[\w-]+(\.[\w-]+)*\.(ts|mjs|cjs|json)$/.test(code) || /^Pulumi(\.\w+)?\.yaml$/.test(code);
}
