import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { appliedLab, containerId, expectHealthy, failedUp, preview, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await appliedLab();
}, UP_TIMEOUT);

const ALERTMANAGER = "docker.io/prom/alertmanager";

/** Ids of all containers of a host but one: what a change of that one must leave alone. */
async function others(host: string, name: string): Promise<string> {
  return await lab.on(host, `podman ps --format '{{.Names}} {{.ID}}' 2>/dev/null | grep -v '^${name} ' | sort`);
}

describe("a change of one thing", () => {
  it(
    "of a version: pulled, switched, and nothing else is touched",
    async () => {
      const before = await others("starbuck", "alertmanager");
      const next = lab.catalogue.version(ALERTMANAGER, "next");
      lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:images", "alertmanager"], next));
      const names = (await lab.previewChanges("starbuck")).map(({ op, name }) => `${op} ${name}`).sort();
      expect(names).toEqual(expect.arrayContaining(["update alertmanager"]));
      expect(names.filter((name) => !name.endsWith(" alertmanager"))).toEqual([]);
      await lab.up("starbuck");
      expect(await lab.on("starbuck", "podman inspect --format '{{.ImageName}}' alertmanager 2>/dev/null")).toContain(
        next.split("@")[1],
      );
      expect(await others("starbuck", "alertmanager")).toBe(before);
      await expectHealthy(lab);
      expect(await lab.previewChanges("starbuck", { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "of a limit: shown as one line, enforced afterwards",
    async () => {
      lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:limits"], { alertmanager: { memory: "112MiB" } }));
      expect(await preview(lab, "starbuck")).toMatch(/[-+~] .*--memory=112m --memory-swap=112m/);
      await lab.up("starbuck");
      expect(await lab.on("starbuck", "podman inspect --format '{{.HostConfig.Memory}}' alertmanager 2>/dev/null")).toBe(
        String(112 * 1024 * 1024),
      );
      expect(await lab.previewChanges("starbuck", { refresh: true })).toEqual([]);
      lab.resetConfig();
      await lab.up("starbuck");
    },
    TEST_TIMEOUT,
  );

  it(
    "a version that runs and never answers: the old one serves again, with the reason and its log",
    async () => {
      const before = await lab.on("starbuck", "podman inspect --format '{{.ImageName}}' alertmanager 2>/dev/null");
      const silent = lab.catalogue.version(ALERTMANAGER, "silent");
      lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:images", "alertmanager"], silent));
      const text = await failedUp(lab, "starbuck");
      expect(text).toContain("alertmanager on starbuck: ");
      expect(text).toContain("this version runs and never answers");
      expect(await lab.on("starbuck", "podman inspect --format '{{.ImageName}}' alertmanager 2>/dev/null")).toBe(before);
      await expectHealthy(lab);
      expect((await lab.previewChanges("starbuck")).map(({ name }) => name)).toContain("alertmanager");
      lab.resetConfig();
      await lab.up("starbuck");
      expect(await lab.previewChanges("starbuck", { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "a workload dropped and taken up again: all of it goes but its data",
    async () => {
      const data = "/var/lib/homelab/data/alertmanager/data";
      await lab.on("starbuck", `echo kept > ${data}/kept`);
      lab.editProject((file) => file.deleteIn(["config", "homelab:placement", "value", "alertmanager"]));
      lab.editStack("starbuck", (file) => file.deleteIn(["config", "homelab:images", "alertmanager"]));
      await lab.up("starbuck");
      const left = await lab.on(
        "starbuck",
        "ls -d /etc/containers/systemd/alertmanager.* /var/lib/homelab/config/alertmanager /var/lib/homelab/confirmed/alertmanager* 2>/dev/null; podman ps -a --format '{{.Names}}' 2>/dev/null | grep -x alertmanager; podman network ls --format '{{.Name}}' 2>/dev/null | grep -x alertmanager; true",
      );
      expect(left).toBe("");
      expect(await lab.on("starbuck", `cat ${data}/kept`)).toBe("kept");
      expect(await lab.previewChanges("starbuck", { refresh: true })).toEqual([]);
      lab.resetConfig();
      await lab.up("starbuck");
      await expectHealthy(lab);
      expect(await lab.on("starbuck", `cat ${data}/kept`)).toBe("kept");
    },
    TEST_TIMEOUT,
  );

  it(
    "a certificate whose two thirds are over: renewed by a plain up, without a restart",
    async () => {
      const before = await containerId(lab, "starbuck", "prometheus");
      const serial = () =>
        lab.on("starbuck", "openssl x509 -noout -serial -in /var/lib/homelab/config/prometheus/current/tls/server.pem");
      const old = await serial();
      await age(lab, "starbuck", "prometheus-server", 61);
      expect((await lab.previewChanges("starbuck")).map(({ op, name }) => `${op} ${name}`)).toContain(
        "replace prometheus-server",
      );
      await lab.up("starbuck");
      expect(await serial()).not.toBe(old);
      expect(await containerId(lab, "starbuck", "prometheus")).toBe(before);
      await expectHealthy(lab);
      expect(await lab.previewChanges("starbuck", { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "a renewed intermediate: adama says who must follow, starbuck follows, and all still trust each other",
    async () => {
      await age(lab, "adama", "intermediate-starbuck", 500);
      const notice = "There is a new intermediate certificate for starbuck. It must follow: pulumi up --stack starbuck";
      expect(await preview(lab, "adama")).toContain(notice);
      expect((await lab.up("adama")).stdout).toContain(notice);
      expect((await lab.previewChanges("starbuck")).map(({ name }) => name)).toEqual(
        expect.arrayContaining(["prometheus-server", "prometheus"]),
      );
      await lab.up("starbuck");
      await expectHealthy(lab);
      for (const { name } of lab.instance.hosts) expect(await lab.previewChanges(name, { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );
});

/** Makes a certificate in a stack's state so many days older, as if that time had passed. */
async function age(of: Lab, stack: string, certificate: string, days: number): Promise<void> {
  const state = await of.pulumi(["stack", "export", "--stack", stack]);
  const deployment: Deployment = JSON.parse(state.stdout);
  const resource = deployment.deployment.resources.find(({ urn }) => urn.endsWith(`LocallySignedCert::${certificate}`));
  if (!resource?.outputs) throw new Error(`There is no certificate ${certificate} in the state of ${stack}.`);
  for (const key of ["validityStartTime", "validityEndTime"]) {
    const time = new Date(String(resource.outputs[key]));
    resource.outputs[key] = new Date(time.getTime() - days * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
  }
  const file = join(of.instance.folder, "aged-state.json");
  writeFileSync(file, JSON.stringify(deployment));
  const imported = await of.pulumi(["stack", "import", "--stack", stack, "--file", file]);
  rmSync(file);
  if (imported.status !== 0) throw new Error(imported.stderr);
}

interface Deployment {
  readonly deployment: { readonly resources: { readonly urn: string; readonly outputs?: Record<string, unknown> }[] };
}
