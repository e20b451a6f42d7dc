/** Every workload's real binary on the files that the repository's own configuration gives it. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WorkloadPlan } from "../../lab/model.ts";
import { complaintsIn } from "./complaints.ts";
import { type RunningWorkload, startWorkload } from "./container.ts";
import { ensureImages, type ImageOf } from "./images.ts";
import { repositoryHost, stacks } from "./labs.ts";
import { makeAuthority, type TestAuthority } from "./authority.ts";
import { missing, titled } from "./prerequisites.ts";
import { stage } from "./staging.ts";

const lacks = missing();
const minutes = 60_000;

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
    for (const workload of repositoryHost(stack).workloads) {
      test(`${workload.placed.name} on ${stack}`, async (context) => {
        const image = imageOf(stack, workload.placed.name);
        if (image === undefined && process.env.CI !== "true") context.skip("there is no image for it here");
        const directories = await stage(workload, authority, join(folder, stack, workload.placed.name));
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
  for (const check of [...(definition.validate ? [definition.validate] : []), ...(furtherChecks[definition.name] ?? [])]) {
    const { status, stdout, stderr } = await running.exec(check);
    expect(status, `${check.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
    expect(complaintsIn(`${stdout}\n${stderr}`)).toEqual([]);
  }
  const end = await running.stop();
  expect(end.status, end.log).toBe(0);
  expect(complaintsIn(end.log)).toEqual([]);
}

/** Checks that a host does not make before a reload. Who has none is checked by its start alone. */
const furtherChecks: Readonly<Record<string, readonly (readonly string[])[]>> = {
  prometheus: [
    ["/bin/promtool", "check", "config", "--lint=all", "--lint-fatal", "/config/current/prometheus.yml"],
    ["/bin/promtool", "check", "web-config", "/config/current/web.yml"],
  ],
};
