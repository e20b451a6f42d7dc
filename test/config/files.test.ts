import { describe, expect, it } from "vitest";
import { readLab } from "../../config/files.ts";
import { exampleFiles, folderWith, projectFiles } from "./fixtures.ts";

describe("the files of the project", () => {
  it("are complete but for what is personal or looked up", () => {
    const { problems, lab, stacks } = readLab(folderWith(projectFiles()));
    expect(problems.filter(({ unfilled }) => !unfilled)).toEqual([]);
    expect(stacks.map(({ host }) => host)).toEqual(Object.keys(lab.hosts).sort());
  });
});

describe("readLab", () => {
  it("names file, line and column of broken YAML, and shows the line", () => {
    const broken = { ...exampleFiles(), "Pulumi.adama.yaml": "config:\n  homelab:images:\n    nginx: [docker.io\n  x: 1\n" };
    expect(() => readLab(folderWith(broken))).toThrow(/^Pulumi\.adama\.yaml:4:3: .*/);
  });

  it("refuses a key that is there twice", () => {
    const twice = { ...exampleFiles(), "Pulumi.yaml": "name: homelab\nconfig:\n  homelab:domain: a.b\n  homelab:domain: c.d\n" };
    expect(() => readLab(folderWith(twice))).toThrow(/^Pulumi\.yaml:4:3: Map keys must be unique/);
  });

  it("says where it looked when there is no project", () => {
    expect(() => readLab(folderWith({}))).toThrow("Pulumi.yaml is not in /");
  });

  it("lets a stack's values go over the project's, key by key, as Pulumi does", () => {
    const files = exampleFiles();
    const own = "config:\n  homelab:hosts:\n    adama:\n      hostKey: wrong\n  docker:host: elsewhere\n";
    const { problems } = readLab(folderWith({ ...files, "Pulumi.adama.yaml": own }));
    expect(problems.find(({ path }) => path === "homelab:hosts.adama.hostKey")).toMatchObject({ value: "wrong" });
    // The rest of the host is still the project's.
    expect(problems.filter(({ path }) => path.startsWith("homelab:hosts.adama."))).toHaveLength(1);
  });

  it("finds a host without a file, and a file without a host", () => {
    const { "Pulumi.adama.yaml": own = "", ...files } = exampleFiles();
    const { problems } = readLab(folderWith({ ...files, "Pulumi.galactica.yaml": own }));
    expect(problems.filter(({ unfilled }) => !unfilled).map(({ file, path }) => `${file} ${path}`)).toEqual([
      "Pulumi.adama.yaml homelab:images",
      "Pulumi.adama.yaml homelab:images.mosquitto",
      "Pulumi.adama.yaml homelab:images.nginx",
      "Pulumi.yaml homelab:hosts.galactica",
    ]);
  });
});
