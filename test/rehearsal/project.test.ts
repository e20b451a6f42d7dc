import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Instance, instanceOf } from "../../rehearsal/simulation/instance.ts";
import {
  declaredImages,
  editProjectFile,
  isPinned,
  passphraseFile,
  repositoryOf,
  writeProject,
} from "../../rehearsal/simulation/project.ts";
import { hostKey, prepareSsh, shimFolder, sshConfig } from "../../rehearsal/simulation/ssh.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { firstLabFolder } from "../support/first-lab.ts";

const standIn = (reference: string) => `${repositoryOf(reference)}:1-debian@sha256:${"a".repeat(64)}`;
let instance: Instance;

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), "homelab-project-"));
  instance = { ...instanceOf("rehearsal", firstLabFolder), folder, project: join(folder, "lab") };
  await prepareSsh(instance);
});
afterEach(() => rmSync(instance.folder, { recursive: true, force: true }));

const read = (folder: string, file: string) => parse(readFileSync(join(folder, file), "utf8"));

describe("the project of a simulated lab", () => {
  it.each([
    ["the first lab", firstLabFolder],
    ["the repository's, whoever made it his own", repository],
  ])("is that of its source, but for addresses, host keys, images and secrets: %s", async (_, source) => {
    instance = { ...instance, source, hosts: instanceOf("rehearsal", source).hosts };
    await prepareSsh(instance);
    expect(writeProject(instance, standIn)).toEqual([]);
    const [real, simulated] = [source, instance.project].map((folder) => read(folder, "Pulumi.yaml"));
    for (const { name, address } of instance.hosts) {
      const host = real.config["homelab:hosts"].value[name];
      host.address = address;
      delete host.sshPort;
    }
    expect(resolve(instance.project, simulated.main)).toBe(join(repository, "index.ts"));
    const [process] = simulated.plugins.providers;
    expect(resolve(instance.project, process.path)).toBe(join(repository, "providers", "process"));
    process.path = real.plugins.providers[0].path;
    // The home of `Pulumi.yaml` is not that of the simulated lab, and nobody is told of its alerts.
    for (const key of ["homelab:network", "homelab:routers", "homelab:alerts"]) delete real.config[key];
    // And no place of its backups is touched.
    delete real.config["homelab:backup"].value.places;
    expect({ ...simulated, main: real.main }).toEqual(real);
    for (const host of instance.hosts) {
      const stack = read(instance.project, `Pulumi.${host.name}.yaml`);
      const { "homelab:images": images, "homelab:hostKey": key, ...rest } = stack.config;
      const { config } = read(source, `Pulumi.${host.name}.yaml`);
      const { "homelab:images": _, "homelab:hostKey": __, "homelab:routerKeys": ___, ...declared } = config;
      expect(key).toBe(hostKey(instance, host));
      const plain = Object.entries(declared).filter(([name]) => !name.startsWith("secret:"));
      expect(rest).toEqual(Object.fromEntries(plain));
      expect(Object.values<string>(images)).toEqual(Object.values(declaredImages(instance, host.name)).map(standIn));
    }
  });

  it("has the versions that the repository pins, a lab of the tests too", () => {
    const own = instanceOf("rehearsal");
    const pinned = own.hosts.flatMap(({ name }) => Object.values(declaredImages(own, name))).filter(isPinned);
    const others = Object.values(declaredImages(instance, "starbuck")).filter((image) => !pinned.includes(image));
    const known = pinned.map(repositoryOf);
    expect(others.filter((image) => known.includes(repositoryOf(image)))).toEqual([]);
  });

  it("keeps its backups inside: what a real place got would have the rehearsal's password", async () => {
    const source = join(instance.folder, "source");
    const example = join(repository, "examples", "three-hosts");
    cpSync(example, source, { recursive: true });
    const real = { ...read(source, "Pulumi.yaml").config["homelab:backup"].value, copies: { ceres: ["tycho"] } };
    const backup = {
      ...real,
      repositories: { ceres: "/mnt/usb/homelab" },
      places: { nas: { repository: "rest:http://nas/{host}" } },
    };
    editProjectFile({ ...instance, project: source }, "Pulumi.yaml", (file) =>
      file.setIn(["config", "homelab:backup", "value"], backup),
    );
    instance = { ...instance, source, hosts: instanceOf("rehearsal", source).hosts };
    await prepareSsh(instance);
    writeProject(instance, standIn);
    const simulated = read(instance.project, "Pulumi.yaml").config["homelab:backup"].value;
    expect(simulated).toEqual({ ...real, places: undefined, copies: { ceres: ["tycho"], rocinante: [], tycho: [] } });
  });

  it("leaves out a workload that has no image, and names it", () => {
    const leftOut = writeProject(instance, (reference) => (reference.includes("/nginx") ? undefined : standIn(reference)));
    expect(leftOut).toEqual(["nginx"]);
    expect(read(instance.project, "Pulumi.yaml").config["homelab:placement"].value).not.toHaveProperty("nginx");
    expect(read(instance.project, "Pulumi.adama.yaml").config["homelab:images"]).not.toHaveProperty("nginx");
  });

  it("written again, takes edits back and keeps passphrase and salt, without which no state could be read", () => {
    writeProject(instance, standIn);
    const [before, passphrase] = [read(instance.project, "Pulumi.adama.yaml"), readFileSync(passphraseFile(instance), "utf8")];
    editProjectFile(instance, "Pulumi.adama.yaml", (file) => file.set("encryptionsalt", "v1:salt"));
    editProjectFile(instance, "Pulumi.adama.yaml", (file) => file.setIn(["config", "homelab:colour"], "blue"));
    appendFileSync(join(instance.project, "Pulumi.adama.yaml"), "\n  : [broken\n");
    writeProject(instance, standIn);
    expect(read(instance.project, "Pulumi.adama.yaml")).toEqual({ ...before, encryptionsalt: "v1:salt" });
    expect(read(instance.project, "Pulumi.starbuck.yaml").encryptionsalt).toBe("v1:salt");
    expect(readFileSync(passphraseFile(instance), "utf8")).toBe(passphrase);
  });
});

describe("ssh of a simulated lab", () => {
  it("gives the program that asks for `ssh` the lab's key and no other, and leaves the rest as asked", () => {
    const shim = join(shimFolder(instance), "ssh");
    const settings = execFileSync(shim, ["-G", "-p", "22", "-o", "StrictHostKeyChecking=no", "10.97.0.11"], { encoding: "utf8" });
    expect(settings).toContain(`identityfile ${join(instance.folder, "ssh", "id_ed25519")}\n`);
    expect(settings).toContain("identitiesonly yes\n");
    expect(settings).toContain("stricthostkeychecking false\n");
  });

  it("lets a person use the hosts' names", () => {
    const settings = execFileSync("ssh", ["-F", sshConfig(instance), "-G", "starbuck"], { encoding: "utf8" });
    expect(settings).toContain("hostname 10.97.0.12\n");
    expect(settings).toContain("user root\n");
  });
});

describe("repositoryOf", () => {
  it.each([
    ["docker.io/prom/prometheus:v3.16.0@unpinned", "docker.io/prom/prometheus"],
    ["localhost:5000/a/b:1", "localhost:5000/a/b"],
    ["localhost:5000/a/b", "localhost:5000/a/b"],
  ])("%s", (reference, repository) => {
    expect(repositoryOf(reference)).toBe(repository);
  });
});
