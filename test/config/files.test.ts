import { describe, expect, it } from "vitest";
import { parse, parseDocument } from "yaml";
import { readHosts, readLab } from "../../config/files.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { firstLabFiles, isNobodys } from "../support/first-lab.ts";
import { folderWith, projectFile } from "./fixtures.ts";

describe("the files of the project, whoever made them his own", () => {
  it("are complete but for what is personal or looked up, and make a plan", () => {
    const { problems, lab, stacks } = readLab(repository);
    expect(problems.filter(({ unfilled }) => !unfilled)).toEqual([]);
    expect(stacks.map(({ host }) => host)).toEqual(Object.keys(lab.hosts).sort());
    const plan = planLab(lab);
    expect(stacks.map((stack) => planHost(plan, stack).host.name)).toEqual(Object.keys(lab.hosts).sort());
  });
});

describe("the first lab", () => {
  it.runIf(isNobodys())("is that of the files of the project, as long as those are nobody's", () => {
    for (const [name, text] of Object.entries(firstLabFiles())) expect(parse(projectFile(name)), name).toEqual(parse(text));
  });
});

describe("the home network of the first lab", () => {
  it("has both routers, whose keys are personal", () => {
    const { problems, lab } = readLab(folderWith(firstLabFiles()));
    expect(Object.keys(lab.home?.routers ?? {})).toEqual(["apollo", "gaeta"]);
    expect(problems.filter(({ unfilled }) => !unfilled)).toEqual([]);
    expect(problems.map(({ path }) => path)).toContain("homelab:routerKeys.apollo");
  });

  it("goes with the one key homelab:routers: then nothing of it counts, wherever the Pis are", () => {
    const files = firstLabFiles();
    const document = parseDocument(files["Pulumi.yaml"] ?? "");
    document.deleteIn(["config", "homelab:routers"]);
    document.setIn(["config", "homelab:hosts", "value", "adama", "address"], "192.168.1.20");
    const { problems, lab } = readLab(folderWith({ ...files, "Pulumi.yaml": String(document) }));
    expect(lab.home).toBeUndefined();
    expect(problems.filter(({ unfilled }) => !unfilled)).toEqual([]);
    expect(problems.filter(({ path }) => path.includes("router"))).toEqual([]);
  });
});

describe("readLab", () => {
  it("names file, line and column of broken YAML, and shows the line", () => {
    const broken = { ...firstLabFiles(), "Pulumi.adama.yaml": "config:\n  homelab:images:\n    nginx: [docker.io\n  x: 1\n" };
    expect(() => readLab(folderWith(broken))).toThrow(/^Pulumi\.adama\.yaml:4:3: .*/);
  });

  it("refuses a key that is there twice", () => {
    const twice = { ...firstLabFiles(), "Pulumi.yaml": "name: homelab\nconfig:\n  homelab:domain: a.b\n  homelab:domain: c.d\n" };
    expect(() => readLab(folderWith(twice))).toThrow(/^Pulumi\.yaml:4:3: Map keys must be unique/);
  });

  it("says where it looked when there is no project", () => {
    expect(() => readLab(folderWith({}))).toThrow("Pulumi.yaml is not in /");
  });

  it("refuses a key of the project in a stack's file, where it would hide the project's", () => {
    const files = firstLabFiles();
    const own = `${files["Pulumi.adama.yaml"]}  homelab:domain: other.home.arpa\n  docker:host: elsewhere\n`;
    const { problems } = readLab(folderWith({ ...files, "Pulumi.adama.yaml": own }));
    expect(problems.filter(({ unfilled }) => !unfilled).map(({ file, path }) => `${file} ${path}`)).toEqual([
      "Pulumi.adama.yaml homelab:domain",
    ]);
  });

  it("finds a host without a file, and a file without a host", () => {
    const { "Pulumi.adama.yaml": own = "", ...files } = firstLabFiles();
    const { problems } = readLab(folderWith({ ...files, "Pulumi.galactica.yaml": own }));
    expect(problems.filter(({ unfilled }) => !unfilled).map(({ file, path }) => `${file} ${path}`)).toEqual([
      "Pulumi.adama.yaml homelab:images",
      "Pulumi.adama.yaml homelab:images.mosquitto",
      "Pulumi.adama.yaml homelab:images.rest-server",
      "Pulumi.adama.yaml homelab:images.nginx",
      "Pulumi.adama.yaml homelab:images.restic",
      "Pulumi.yaml homelab:hosts.galactica",
      "Pulumi.galactica.yaml homelab:routerKeys.apollo",
      "Pulumi.galactica.yaml homelab:routerKeys.gaeta",
    ]);
  });
});

describe("readHosts", () => {
  const changed = (path: readonly string[], value: unknown): string => {
    const files = firstLabFiles();
    const document = parseDocument(files["Pulumi.yaml"] ?? "");
    document.setIn(["config", ...path], value);
    return folderWith({ ...files, "Pulumi.yaml": String(document) });
  };

  it.each([
    ["a value of one host's entry", ["homelab:hosts", "value", "starbuck", "memory"], "8GB"],
    ["a misspelt key in it", ["homelab:hosts", "value", "starbuck", "adress"], "192.168.20.11"],
    ["a placement that is no list", ["homelab:placement", "value", "mosquitto"], "adama"],
    ["the primary stack", ["homelab:primary"], 1],
  ])("takes no lab for whole that lacks what could not be read: %s", (_, path, value) => {
    const place = path.filter((part) => part !== "value").join(".");
    expect(() => readHosts(changed(path, value))).toThrow(`Pulumi.yaml: ${place}\n`);
  });

  it("keeps nobody from a host by what is wrong elsewhere, or not filled in", () => {
    const hosts = ["adama", "starbuck"];
    expect(Object.keys(readHosts(changed(["homelab:domain"], 1)).hosts)).toEqual(hosts);
    const files = firstLabFiles();
    const own = `${files["Pulumi.adama.yaml"]}  homelab:limits: none\n`;
    expect(Object.keys(readHosts(folderWith({ ...files, "Pulumi.adama.yaml": own })).hosts)).toEqual(hosts);
  });
});
