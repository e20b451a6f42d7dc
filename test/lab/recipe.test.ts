import { describe, expect, it } from "vitest";
import type { HotBackup } from "../../lab/definition.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { checkBackup } from "../../lab/recipe.ts";
import { definition, firstLab, stackOf } from "./fixtures.ts";

const data = { name: "data", target: "/data", diskGiB: 1, backup: true } as const;
const cache = { name: "cache", target: "/cache", diskGiB: 1, backup: { none: "made again" } } as const;

const plan = planLab(firstLab);

/** The recipe of a workload with this hot backup. */
function recipeOf(hot: HotBackup) {
  const app = definition("app", 9, { volumes: [data, cache], backup: { retention: "state", hot } });
  const lab = planLab({ ...firstLab, placement: { app: ["adama"] } }, [app]);
  return planHost(lab, stackOf("adama", [app])).workloads[0]?.backup;
}

describe("the recipe of a backup", () => {
  it("has the paths of the host, of volumes with a backup alone", () => {
    const paths = ["/var/lib/homelab/data/app/data"];
    expect(recipeOf({ kind: "files" })).toEqual({ paths, retention: "state", hot: { kind: "files", flush: null } });
    expect(recipeOf({ kind: "sqlite", databases: ["data/app.db"] })?.hot).toEqual({
      kind: "sqlite",
      databases: ["/var/lib/homelab/data/app/data/app.db"],
    });
    const dump = { kind: "dump", command: ["pg_dump"], load: ["psql"], file: "app.dump", leastBytes: 100 } as const;
    expect(recipeOf({ ...dump, volume: "data" })?.hot).toEqual({ ...dump, path: "/var/lib/homelab/data/app/data" });
  });

  it("of a workload without data is none", () => {
    const recipes = planHost(plan, stackOf("starbuck")).workloads.map(({ placed, backup }) => [placed.name, backup?.hot.kind]);
    expect(Object.fromEntries(recipes)).toEqual({ alertmanager: undefined, nginx: undefined, prometheus: "prometheus" });
  });

  it("asks Prometheus as the host's health check does, by certificate", () => {
    const hot = planHost(plan, stackOf("starbuck")).workloads.find(({ placed }) => placed.name === "prometheus")?.backup?.hot;
    const command = hot?.kind === "prometheus" ? hot.command : [];
    expect(command).toEqual(expect.arrayContaining(["--cert", "--request", "POST"]));
    expect(command.at(-1)).toBe("https://prometheus.lab.home.arpa:9090/api/v1/admin/tsdb/snapshot");
  });

  it("gives Prometheus minutes to write a snapshot, which takes longer than to say that it is well", () => {
    const hot = planHost(plan, stackOf("starbuck")).workloads.find(({ placed }) => placed.name === "prometheus")?.backup?.hot;
    const command = hot?.kind === "prometheus" ? hot.command : [];
    expect(Number(command[command.indexOf("--max-time") + 1])).toBeGreaterThan(60);
  });
});

describe("a definition", () => {
  const problems = (changes: Parameters<typeof definition>[2]) =>
    checkBackup(definition("app", 9, changes)).map(({ path, message }) => `${path} ${message}`);

  it("says how to back up what it wants backed up", () => {
    expect(problems({ volumes: [data] })).toEqual(["backup is missing: the volume data is to be backed up"]);
    expect(problems({ volumes: [cache] })).toEqual([]);
  });

  it("names only volumes with a backup", () => {
    const hot = { kind: "sqlite", databases: ["data/a.db", "cache/b.db"] } as const;
    expect(problems({ volumes: [data, cache], backup: { retention: "state", hot } })).toEqual([
      "backup.hot is in none of its volumes with a backup",
    ]);
  });
});
