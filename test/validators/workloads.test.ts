/** Every workload's real binary on the files that the first lab gives it. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WorkloadPlan } from "../../lab/model.ts";
import { alertmanagerConfig } from "../../lab/workloads/alertmanager.ts";
import { configDirectory } from "../../providers/workload/quadlet.ts";
import { everyReceiver } from "../lab/fixtures.ts";
import { makeAuthority, type TestAuthority } from "./authority.ts";
import { complaintsIn } from "./complaints.ts";
import { type RunningWorkload, startWorkload } from "./container.ts";
import { ensureImages, type ImageOf } from "./images.ts";
import { firstLabHost, stacks } from "./labs.ts";
import { missing, titled } from "./prerequisites.ts";
import { stage } from "./staging.ts";

const lacks = missing();
const minutes = 60_000;

/** What promtool plays to Prometheus' rules: a file for each of them. */
const ALERT_TESTS = join(import.meta.dirname, "alerts");

describe.skipIf(lacks !== undefined)(titled("real binaries on generated files", lacks), { timeout: 5 * minutes }, () => {
  const folder = mkdtempSync(join(tmpdir(), "homelab-validators-"));
  let authority: TestAuthority;
  let imageOf: ImageOf;

  beforeAll(async () => {
    imageOf = await ensureImages();
    mkdirSync(join(folder, "ca"));
    authority = await makeAuthority(join(folder, "ca"));
  }, 15 * minutes);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const stack of stacks) {
    for (const workload of firstLabHost(stack).workloads) {
      test(`${workload.placed.name} on ${stack}`, async (context) => {
        const image = imageOf(stack, workload.placed.name);
        if (image === undefined && process.env.CI !== "true") context.skip("there is no image for it here");
        const directories = await stage(workload, authority, join(folder, stack, workload.placed.name));
        const config = directories[configDirectory(workload.placed.name)] ?? "";
        cpSync(ALERT_TESTS, join(config, "current", "alerts"), { recursive: true });
        writeFileSync(join(config, "current", "every-receiver.yml"), alertmanagerConfig(everyReceiver));
        const running = await startWorkload(workload, image ?? workload.image.repository, directories);
        try {
          await checkRunning(workload, running);
        } finally {
          await running.remove();
        }
      });
    }
  }
});

/** It runs as the unit says, its own checks pass, it opens the ports of the plan and no other, and ends when it is told to. */
async function checkRunning(plan: WorkloadPlan, running: RunningWorkload): Promise<void> {
  const { definition, ports } = plan.placed;
  expect(await running.listening(ports.map(({ containerPort }) => containerPort))).toEqual(
    ports.map(({ containerPort }) => containerPort).sort((a, b) => a - b),
  );
  const checks = [...(definition.validate ? [definition.validate] : []), ...(await furtherChecks(definition.name, running))];
  for (const check of checks) {
    const { status, stdout, stderr } = await running.exec(check);
    expect(status, `${check.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
    expect(complaintsIn(`${stdout}\n${stderr}`)).toEqual([]);
  }
  const end = await running.stop();
  expect(end.status, end.log).toBe(0);
  expect(complaintsIn(end.log)).toEqual([]);
}

/** Checks that a host does not make before a reload. */
async function furtherChecks(workload: string, running: RunningWorkload): Promise<readonly (readonly string[])[]> {
  switch (workload) {
    case "prometheus": {
      const alertTests = readdirSync(ALERT_TESTS).map((file) => `/config/current/alerts/${file}`);
      return [
        ["/bin/promtool", "check", "config", "--lint=all", "--lint-fatal", "/config/current/prometheus.yml"],
        ["/bin/promtool", "check", "web-config", "/config/current/web.yml"],
        // It needs a folder to work in, and there is but one that it may write to.
        ["env", "TMPDIR=/prometheus", "/bin/promtool", "test", "rules", ...alertTests],
      ];
    }
    case "mosquitto":
      // From 2.1 on; the start is the check of 2.0.
      return (await running.exec(["/usr/sbin/mosquitto", "-h"])).stdout.includes("--test-config")
        ? [["/usr/sbin/mosquitto", "--test-config", "-c", "/config/current/mosquitto.conf"]]
        : [];
    case "alertmanager":
      return [["/bin/amtool", "check-config", "/config/current/every-receiver.yml"]];
    default:
      return [];
  }
}
