import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planHost, planLab } from "../../../lab/plan.ts";
import { workloads } from "../../../lab/workloads/index.ts";
import { firstLab, stackOf } from "../fixtures.ts";

const plan = planLab(firstLab);

describe.each(workloads.map((workload) => ({ workload, name: workload.name })))("$name", ({ workload }) => {
  const planned = plan.hosts
    .flatMap((host) => planHost(plan, stackOf(host.name)).workloads)
    .filter(({ placed }) => placed.name === workload.name);

  it("has a file of its name", () => {
    expect(readdirSync(new URL("../../../lab/workloads/", import.meta.url))).toContain(`${workload.name}.ts`);
  });

  it("keeps to the baseline, or says why not", () => {
    const exceptions = Object.values(workload.exceptions?.capabilities ?? {});
    expect(exceptions.every((reason) => reason.length > 10)).toBe(true);
    expect(workload.user.uid).toBeGreaterThan(0);
    // Below 1000 the host gives them out as it likes.
    expect(workload.user.gid).toBeGreaterThanOrEqual(1000);
    expect(workload.user.gid).toBeLessThan(65_000);
    expect(workloads.filter(({ user }) => user.gid === workload.user.gid)).toEqual([workload]);
    // Below 1024 a process would need a capability to listen.
    expect(workload.ports.every(({ number, containerPort }) => (containerPort ?? number) >= 1024)).toBe(true);
    expect(Object.values(workload.limits).every((limit) => limit > 0)).toBe(true);
  });

  it("says what happens to its data without a backup", () => {
    for (const { backup } of workload.volumes) {
      expect(backup === true || backup.none.length > 10).toBe(true);
    }
  });

  it("is planned with files that its folders can hold, and no other paths", () => {
    expect(planned.length).toBeGreaterThan(0);
    for (const { files, secretFiles } of planned) {
      const paths = [...[...files, ...secretFiles].map(({ path }) => path), ...Object.keys(workload.sources ?? {})];
      expect(new Set(paths).size).toBe(paths.length);
      for (const path of paths) expect(path).toMatch(/^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/);
      // These come from the certificate authority.
      expect(paths.filter((path) => path.startsWith("tls/"))).toEqual([]);
      for (const { text } of files) expect(text.endsWith("\n")).toBe(true);
    }
  });

  it("names in its files the certificates that it gets, and no other", () => {
    for (const { files, arguments: words, placed } of planned) {
      const named = [...files.map(({ text }) => text), ...words].flatMap(
        (text) => text.match(/tls\/(server|client)(?=\.(pem|key))/g) ?? [],
      );
      expect([...new Set(named)].sort()).toEqual(placed.certificates.map(({ usage }) => `tls/${usage}`).sort());
    }
  });

  it("can be asked for its health and its metrics by those who do", () => {
    for (const { placed } of planned) {
      const port = placed.ports.find(({ name }) => name === workload.health.port);
      expect(port?.clients).toContain(`health.${placed.host}.lab.home.arpa`);
      if (!workload.metrics) continue;
      expect(placed.ports.find(({ name }) => name === workload.metrics?.port)?.clients).toContain("prometheus.lab.home.arpa");
    }
  });
});
