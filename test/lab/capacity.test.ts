import { describe, expect, it } from "vitest";
import { type BackupConfig, NO_COPIES } from "../../lab/backup/model.ts";
import { capacityOf, checkCapacity, MEMORY_RESERVE_MIB } from "../../lab/capacity.ts";
import { checkLab } from "../../lab/check.ts";
import type { LabConfig } from "../../lab/model.ts";
import { planLab } from "../../lab/plan.ts";
import { completeCatalogue, completeLab, firstLab, hostConfig, stackOf, starbuck } from "./fixtures.ts";

const HOSTS = ["adama", "starbuck"] as const;

/** What a host's workloads are promised. */
function promised(config: LabConfig, host: string) {
  const plan = planLab(config, completeCatalogue);
  const planned = plan.hosts.find(({ name }) => name === host);
  if (!planned) throw new Error(`no ${host}`);
  return capacityOf(planned, stackOf(host, completeCatalogue), plan);
}

/** The complete lab with another size of one host. */
function resized(host: string, changes: Partial<ReturnType<typeof hostConfig>>): LabConfig {
  const before = completeLab.hosts[host];
  return { ...completeLab, hosts: { ...completeLab.hosts, [host]: { ...hostConfig(), ...before, ...changes } } };
}

describe("the complete lab", () => {
  it.each(HOSTS)("has no problem on %s", (host) => {
    const stack = stackOf(host, completeCatalogue);
    expect(checkLab(completeLab, stack, undefined, completeCatalogue)).toEqual([]);
  });

  it("has all that the design names", () => {
    expect(completeCatalogue).toHaveLength(20);
    const { workloads } = planLab(completeLab, completeCatalogue);
    expect(workloads).toHaveLength(20 + 3);
  });

  it.each(HOSTS)("fits %s to the last MiB, and not to one less", (host) => {
    const { used } = promised(completeLab, host).memoryMiB;
    const check = (memoryMiB: number) =>
      checkCapacity(planLab(resized(host, { memoryMiB }), completeCatalogue), stackOf(host, completeCatalogue));
    expect(check(used + MEMORY_RESERVE_MIB)).toEqual([]);
    expect(check(used + MEMORY_RESERVE_MIB - 1)).toEqual([
      expect.objectContaining({
        file: "Pulumi.yaml",
        path: `homelab:hosts.${host}.memory`,
        message: expect.stringContaining(`1 MiB too little: its workloads may take ${used}`),
        remedy: expect.stringContaining(`Pulumi.${host}.yaml`),
      }),
    ]);
  });

  it("does not fit when one limit takes a MiB more than is left", () => {
    const { used, available } = promised(completeLab, "starbuck").memoryMiB;
    const check = (more: number) => {
      const limits = { ollama: { memoryMiB: 2048 + more } };
      return checkCapacity(planLab(completeLab, completeCatalogue), stackOf("starbuck", completeCatalogue, limits));
    };
    expect(check(available - used)).toEqual([]);
    expect(check(available - used + 1).map(({ path }) => path)).toEqual(["homelab:hosts.starbuck.memory"]);
  });
});

describe("checkCapacity", () => {
  const check = (config: LabConfig, host: string, limits = {}) =>
    checkCapacity(planLab(config), stackOf(host, undefined, limits));

  it("lets cores be promised three times, and no limit be more than the host has", () => {
    const others = { alertmanager: { cpus: 4 }, nginx: { cpus: 3 }, "rest-server": { cpus: 1 } };
    expect(check(firstLab, "starbuck", { prometheus: { cpus: 4 }, ...others })).toEqual([]);
    const problems = check(firstLab, "starbuck", { prometheus: { cpus: 4.5 }, ...others });
    expect(problems.map(({ file, path, value }) => ({ file, path, value }))).toEqual([
      { file: "Pulumi.yaml", path: "homelab:hosts.starbuck.cpus", value: 4 },
      { file: "Pulumi.starbuck.yaml", path: "homelab:limits.prometheus.cpus", value: 4.5 },
    ]);
  });

  it("counts what is saved once more where its repository lies, and where its copy does", () => {
    const used = (backup: Partial<BackupConfig>, host: string) => {
      const config = { ...firstLab, backup: { ...NO_COPIES, ...backup } };
      const plan = planLab(config);
      const planned = plan.hosts.find(({ name }) => name === host);
      return planned ? capacityOf(planned, stackOf(host), plan).diskGiB.used : undefined;
    };
    // adama: mosquitto 1.5 + 1, nginx 1.5, rest-server 1.5; starbuck saves 16 of Prometheus.
    const own = 5.5;
    expect(used({}, "adama")).toBe(own + 1);
    expect(used({ repositories: { adama: "/mnt/usb/homelab" } }, "adama")).toBe(own);
    expect(used({ copies: { starbuck: ["adama"] } }, "adama")).toBe(own + 1 + 16);
  });

  it("refuses a disk that has no room for them", () => {
    const hosts = { adama: hostConfig({ diskGiB: 13 }), starbuck };
    const alone = { ...firstLab, hosts, backup: NO_COPIES };
    expect(check({ ...alone, hosts: { adama: hostConfig({ diskGiB: 15 }), starbuck } }, "adama")).toEqual([]);
    expect(check(alone, "adama").map(({ path, message }) => [path, message])).toEqual([
      ["homelab:hosts.adama.disk", expect.stringContaining("is 1.5 GiB too little: its workloads may take 6.5, it can give 5")],
    ]);
  });

  it("looks at the stack's own host only: it does not know the limits of the others", () => {
    const tiny = { ...firstLab, hosts: { adama: hostConfig({ memoryMiB: 800 }), starbuck } };
    expect(check(tiny, "starbuck")).toEqual([]);
    expect(check(tiny, "adama")).toHaveLength(1);
  });
});
