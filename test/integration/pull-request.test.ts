import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { attempt } from "../../rehearsal/shell.ts";
import type { ProgramCopy } from "../../rehearsal/simulation/copy.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { FakeForge } from "../ci/fake-forge.ts";
import { appliedLab, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";

/*
 * What the job of preview.yml does for a pull request, by the script that it runs, on a runner inside the lab: each test is a branch,
 * and pins the comment.
 */

let lab: Lab;
let forge: FakeForge;
let branch: ProgramCopy;
beforeAll(async () => {
  lab = await appliedLab();
  forge = await FakeForge.start();
}, UP_TIMEOUT);
afterAll(() => forge.stop());
beforeEach(() => {
  lab.resetConfig();
  branch = lab.useCopyOfProgram();
});

/** Runs the job for a stack; what it ended with, and the comments that the pull request then has. */
async function job(number: number, stack: string, runner = "inside"): Promise<{ status: number; comments: readonly string[] }> {
  const env = {
    ...lab.env,
    ...forge.environment(number),
    PULUMI_BACKEND_URL: lab.env.PULUMI_BACKEND_URL,
    HOMELAB_RUNNER: runner,
  };
  const before = forge.comments.length;
  const { status, stderr } = await attempt(process.execPath, [join(branch.folder, "ci/preview.ts"), stack], {
    cwd: lab.instance.project,
    env,
  });
  expect(stderr).toBe("");
  return { status, comments: forge.comments.slice(Math.max(0, before - 1)).map(({ body }) => pinned(body)) };
}

/** A comment without what is another in every rehearsal: addresses, digests, how long something took. */
function pinned(text: string): string {
  return text
    .replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replaceAll(lab.instance.subnet.replace("0/24", ""), "192.168.1.")
    .replaceAll(/127\.0\.0\.1:\d+\//g, "registry/")
    .replaceAll(/about \d+(\.\d+)? (s|seconds?)/g, "about … s");
}

it(
  "another image",
  async () => {
    lab.setImage("starbuck", "alertmanager", lab.catalogue.version("docker.io/prom/alertmanager", "next"));
    const { status, comments } = await job(1, "starbuck");
    expect(status).toBe(0);
    await expect(comments.at(-1)).toMatchFileSnapshot("pull-request/image.md");
    // A push to the branch: the same comment says something else.
    lab.resetConfig();
    lab.useCopyOfProgram();
    expect((await job(1, "starbuck")).status).toBe(0);
    expect(forge.comments).toHaveLength(1);
    expect(forge.comments[0]?.body).toContain("nothing to do");
  },
  TEST_TIMEOUT,
);

it(
  "limits that a Pi does not have",
  async () => {
    lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:limits"], { prometheus: { memory: "9GiB" } }));
    const { status, comments } = await job(2, "starbuck");
    expect(status).toBe(1);
    await expect(comments.at(-1)).toMatchFileSnapshot("pull-request/overcommit.md");
  },
  TEST_TIMEOUT,
);

it(
  "a backup that is removed",
  async () => {
    branch.edit("lab/workloads/mosquitto.ts", (text) =>
      text.replace("backup: true", 'backup: { none: "" }').replace(/^ {2}backup: .*\n/m, ""),
    );
    const { status, comments } = await job(3, "adama");
    expect(status).toBe(1);
    await expect(comments.at(-1)).toMatchFileSnapshot("pull-request/backup.md");
  },
  TEST_TIMEOUT,
);

it(
  "a merge that is reverted: its data has to go back too, and by which command",
  async () => {
    lab.setImage("adama", "mosquitto", lab.catalogue.version("docker.io/library/eclipse-mosquitto", "next"));
    await lab.up("adama");
    lab.resetConfig();
    branch = lab.useCopyOfProgram();
    const { status, comments } = await job(4, "adama");
    expect(status).toBe(0);
    const text = comments.at(-1) ?? "";
    expect(text).toMatch(
      /`mosquitto` goes back from \S+ to \S+\. Its data has to go back too: `npm run rollback -- adama --to \d+ --only mosquitto`/,
    );
    await expect(text.replace(/--to \d+/, "--to …")).toMatchFileSnapshot("pull-request/revert.md");
    await lab.up("adama");
  },
  TEST_TIMEOUT,
);

it(
  "a rule of the firewall",
  async () => {
    await lab.addRouters();
    await lab.up("adama");
    const door = { port: 443, host: "starbuck", hostPort: 443, public: "photos for the family" };
    lab.editProject((file) => file.setIn(["config", "homelab:network", "value", "forwards"], file.createNode({ photos: door })));
    const { status, comments } = await job(5, "adama");
    expect(status).toBe(0);
    await expect(comments.at(-1)).toMatchFileSnapshot("pull-request/firewall.md");
    await lab.removeRouters();
  },
  TEST_TIMEOUT,
);

it("a hosted runner, with the state in a folder: one sentence instead of a preview", async () => {
  const { status, comments } = await job(6, "adama", "");
  expect(status).toBe(1);
  expect(comments.at(-1)).toMatch(/no preview\n\nOn a hosted runner a preview needs a backend that the runner reaches/);
});
