import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { attempt, run } from "../../operations/shell.ts";
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
  forge = await FakeForge.start();
  lab = await appliedLab();
}, UP_TIMEOUT);
afterAll(async () => {
  await forge.stop();
  lab.resetConfig();
  try {
    // Before the routers go: what is declared of them would be asked for by the next file's refresh.
    for (const { name } of lab.instance.hosts) await lab.up(name, "--refresh");
  } finally {
    await lab.removeRouters();
  }
}, TEST_TIMEOUT);
beforeEach(() => {
  lab.resetConfig();
  branch = lab.useCopyOfProgram();
});

/** Runs the job for a stack; what it ended with, and the comment that the pull request then has. */
async function job(
  number: number,
  stack: string,
  more: NodeJS.ProcessEnv = {},
): Promise<{ readonly status: number; readonly comment: string }> {
  const { status, stderr } = await attempt(process.execPath, [join(branch.folder, "ci/preview.ts"), stack], {
    cwd: lab.instance.project,
    env: { ...lab.env, ...forge.environment(number), HOMELAB_RUNNER: "inside", ...more },
  });
  expect(stderr).toBe("");
  const comments = forge.commentsOn(number);
  expect(comments).toHaveLength(1);
  return { status, comment: pinned(comments[0] ?? "") };
}

/** A comment without what is another in every rehearsal: addresses, digests, versions of stand-ins, how long something took. */
function pinned(text: string): string {
  const tags = lab.instance.hosts.flatMap(({ name }) => Object.values(lab.images(name)).map(tagOf));
  return [...new Set(tags)]
    .reduce((all, tag) => all.replaceAll(tag, ":1.0"), text.replaceAll(/[\d.]+-(debian|built)-next/g, "1.1"))
    .replaceAll(/[\d.]+-(debian|built)/g, "1.0")
    .replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replaceAll(lab.instance.subnet.replace("0/24", ""), "192.168.1.")
    .replaceAll(/a restart; how long is not known yet, it has had none|about \d+ s, as the last time/g, "a restart")
    .replaceAll(/--to \d+/g, "--to 12");
}

/** `1.30` of `docker.io/library/nginx:1.30@…`, with the colon. */
function tagOf(reference: string): string {
  return /:[^:@/]+(?=@)/.exec(reference)?.[0] ?? reference;
}

it(
  "another image",
  async () => {
    lab.setImage("starbuck", "alertmanager", lab.catalogue.version("docker.io/prom/alertmanager", "next"));
    const { status, comment } = await job(1, "starbuck");
    expect(status).toBe(0);
    await expect(comment).toMatchFileSnapshot("pull-request/image.md");
    // A push to the branch: the same comment says something else.
    lab.resetConfig();
    lab.useCopyOfProgram();
    expect((await job(1, "starbuck")).comment).toContain("nothing to do");
  },
  TEST_TIMEOUT,
);

it(
  "limits that a Pi does not have",
  async () => {
    lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:limits"], { prometheus: { memory: "9GiB" } }));
    const { status, comment } = await job(2, "starbuck");
    expect(status).toBe(1);
    await expect(comment).toMatchFileSnapshot("pull-request/overcommit.md");
  },
  TEST_TIMEOUT,
);

it(
  "limits of more than half of a Pi: each counts once, though a refresh tells the engine of every workload twice",
  async () => {
    lab.editStack("starbuck", (file) => file.setIn(["config", "homelab:limits"], { prometheus: { memory: "5GiB" } }));
    const { status, comment } = await job(8, "starbuck");
    expect(status, comment).toBe(0);
    expect(comment).toContain("The policies refuse nothing.");
  },
  TEST_TIMEOUT,
);

it(
  "a backup that is removed",
  async () => {
    branch.edit("lab/workloads/mosquitto.ts", (text) =>
      text.replace("backup: true", 'backup: { none: "" }').replace(/^ {2}backup: .*\n/m, ""),
    );
    const { status, comment } = await job(3, "adama");
    expect(status).toBe(1);
    await expect(comment).toMatchFileSnapshot("pull-request/backup.md");
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
    const { status, comment } = await job(4, "adama");
    expect(status).toBe(0);
    expect(comment).toMatch(
      /`mosquitto` goes back from \S+ to \S+\. Its data has to go back too: `npm run rollback -- adama --to \d+ --only mosquitto`/,
    );
    await expect(comment).toMatchFileSnapshot("pull-request/revert.md");
    await lab.up("adama");
  },
  TEST_TIMEOUT,
);

it(
  "with the key of previews: all is read, and nothing is changed",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "homelab-preview-key-"));
    const key = join(folder, "key");
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
    const previewKey = readFileSync(`${key}.pub`, "utf8").trim();
    lab.editProject((file) => file.setIn(["config", "homelab:previewKey"], previewKey));
    await lab.up("starbuck");
    // A runner's ssh: this key alone, and no connection that another one opened.
    const options = `-F /dev/null -i ${key} -o IdentitiesOnly=yes -o ControlMaster=no -o ControlPath=none`;
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh ${options} "$@"\n`, { mode: 0o755 });
    const PATH = `${folder}:${lab.env.PATH}`;

    const { status, comment } = await job(7, "starbuck", { PATH });
    expect(status, comment).toBe(0);
    // It did look: what is stopped by hand is seen.
    await lab.on("starbuck", "systemctl stop alertmanager");
    expect((await job(7, "starbuck", { PATH })).comment).toContain("| alertmanager |");
    const session = (...command: string[]) =>
      attempt(join(folder, "ssh"), ["-o", "StrictHostKeyChecking=no", `root@${lab.host("starbuck").address}`, ...command]);
    const refused = await session("systemctl start alertmanager");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("This key may only read");
    expect(await lab.on("starbuck", "systemctl is-active alertmanager || true")).toBe("inactive");

    lab.resetConfig();
    await lab.up("starbuck", "--refresh");
    const closed = await session("true");
    expect(closed.stderr).toContain("Permission denied");
    rmSync(folder, { recursive: true });
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
    // As the key of previews: no router lets it in.
    const folder = mkdtempSync(join(tmpdir(), "homelab-no-router-"));
    const routers = lab.instance.routers.map(({ address }) => `*@${address}\\ *|*@${address}`).join("|");
    const refusal = `case "$*" in ${routers}) echo "Permission denied (publickey)." >&2; exit 255;; esac`;
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${refusal}\nPATH=${lab.env.PATH} exec ssh "$@"\n`, { mode: 0o755 });
    const { status, comment } = await job(5, "adama", { PATH: `${folder}:${lab.env.PATH}` });
    rmSync(folder, { recursive: true });
    expect(status, comment).toBe(0);
    await expect(comment).toMatchFileSnapshot("pull-request/firewall.md");
  },
  TEST_TIMEOUT,
);

it("a hosted runner, with the state in a folder: one sentence instead of a preview", async () => {
  const { status, comment } = await job(6, "adama", { HOMELAB_RUNNER: "" });
  expect(status).toBe(1);
  expect(comment).toMatch(/no preview\n\nOn a hosted runner a preview needs a backend that the runner reaches/);
});
