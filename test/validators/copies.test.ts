/** The way of a copy, with the real programs: restic with its certificate, Nginx as the plan has it, rest-server behind it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copierAuthorization } from "../../lab/backup/copiers.ts";
import { copyPath, SERVICE_PORT } from "../../lab/backup/plan.ts";
import type { PlannedHost } from "../../lab/model.ts";
import { COPIES_FILE } from "../../lab/workloads/nginx-config.ts";
import { COPIERS_FILE } from "../../lab/workloads/rest-server.ts";
import { type Result, waitFor } from "../../operations/shell.ts";
import { renderUnits } from "../../providers/workload/quadlet.ts";
import { podman, tryPodman } from "../../rehearsal/toolchain/podman.ts";
import { makeAuthority, type TestAuthority } from "./authority.ts";
import { ensureImages, type ImageOf } from "./images.ts";
import { firstLabHost } from "./labs.ts";
import { missing, titled } from "./prerequisites.ts";
import { PASSWORD, stage } from "./staging.ts";
import { podmanOptions } from "./unit-options.ts";

const lacks = missing();
const minutes = 60_000;
const KEEPER = "starbuck";

describe.skipIf(lacks !== undefined)(titled("copies of backups", lacks), { timeout: 5 * minutes }, () => {
  const folder = mkdtempSync(join(tmpdir(), "homelab-copies-"));
  const containers: string[] = [];
  const { plan, host: keeper, workloads } = firstLabHost(KEEPER);
  const copier = plan.hosts.find(({ name }) => name !== KEEPER) as PlannedHost;
  const door = `nginx.${KEEPER}.${plan.config.domain}`;
  let authority: TestAuthority;
  let imageOf: ImageOf;

  /** Runs restic (or curl's place-holder for it) where the door is, as somebody. */
  const as = async (certificate: string, ...words: readonly string[]): Promise<Result> =>
    await tryPodman([
      ...["run", "--rm", "--network", `container:${containers[0]}`, "--volume", `${folder}:/test`],
      ...["--volume", `${join(folder, "hosts")}:/etc/hosts:ro`, "--volume", `${join(folder, "data")}:/data`],
      ...["--env", "RESTIC_CACERT=/test/root.pem", "--env", `RESTIC_TLS_CLIENT_CERT=/test/${certificate}.pem`],
      ...["--env", "RESTIC_PASSWORD=of the tests", "--env", "RESTIC_CACHE_DIR=/tmp"],
      ...[imageOf(KEEPER, "restic") ?? "", ...words],
    ]);
  const remote = ["--repo", `rest:https://${door}:${SERVICE_PORT}${copyPath(copier.name)}`];
  const local = ["--repo", "/test/local"];

  beforeAll(async () => {
    imageOf = await ensureImages();
    mkdirSync(join(folder, "ca"));
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "file"), "worth keeping");
    authority = await makeAuthority(join(folder, "ca"));
    writeFileSync(join(folder, "root.pem"), authority.rootPem);
    for (const { name, backup } of [copier, keeper]) {
      const { chain, key } = await authority.issue(backup.certificate);
      writeFileSync(join(folder, `${name}.pem`), chain + key);
    }
    // All in one place, where every name is this machine.
    const names = [door, ...keeper.workloads.map(({ identity }) => identity)];
    writeFileSync(join(folder, "hosts"), names.map((name) => `127.0.0.1 ${name}\n`).join(""));
    for (const name of ["rest-server", "nginx"]) await start(name);
  }, 15 * minutes);

  afterAll(async () => {
    // The first one last: podman keeps a container whose network another one is in.
    for (const id of containers.toReversed()) await podman(["rm", "--force", "--volumes", "--time", "0", id]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** A workload of the plan, beside the first. Without networks, ports are those in the container. */
  async function start(name: string): Promise<void> {
    const workload = workloads.find(({ placed }) => placed.name === name);
    if (!workload) throw new Error(`${KEEPER} has no ${name}`);
    const directories = await stage(workload, authority, join(folder, name));
    const config = join(folder, name, "config", "current");
    if (name === "nginx") {
      const text = readFileSync(join(config, "nginx.conf"), "utf8").replaceAll(":8010/", ":8000/");
      writeFileSync(join(config, "nginx.conf"), text);
      writeFileSync(join(config, COPIES_FILE), copierAuthorization(KEEPER, plan.config, PASSWORD));
    } else {
      const [, hash = ""] = readFileSync(join(config, COPIERS_FILE), "utf8").split(":");
      writeFileSync(join(config, COPIERS_FILE), `${copier.name}:${hash}`);
    }
    const options = podmanOptions(renderUnits(workload)[`${name}.container`] ?? "", directories);
    const withoutHosts = options.filter((word, index) => word !== "--add-host" && options[index - 1] !== "--add-host");
    const network = containers[0] === undefined ? "none" : `container:${containers[0]}`;
    const hosts = ["--volume", `${join(folder, "hosts")}:/etc/hosts:ro`];
    const image = imageOf(KEEPER, name) ?? workload.image.repository;
    containers.push(
      await podman(["run", "--detach", "--network", network, ...hosts, ...withoutHosts, image, ...workload.arguments]),
    );
  }

  test("a repository is made, like the first, by the host whose path it is; what is copied is all there", async () => {
    expect((await as(copier.name, "init", ...local)).status).toBe(0);
    expect((await as(copier.name, "backup", ...local, "--tag", "workload=app", "/data")).status).toBe(0);
    await waitFor("the door opens", 30, async () => {
      const { status } = await as(copier.name, "cat", "config", ...remote);
      return status === 10 || undefined;
    });
    const from = ["--from-repo", "/test/local", "--from-password-file", "/test/password"];
    writeFileSync(join(folder, "password"), "of the tests");
    const made = await as(copier.name, "init", ...remote, "--copy-chunker-params", ...from);
    expect(made.status, made.stderr).toBe(0);
    const copied = await as(copier.name, "copy", ...remote, ...from);
    expect(copied.status, copied.stderr).toBe(0);
    expect((await as(copier.name, "dump", ...remote, "latest", "/data/file")).stdout).toBe("worth keeping");
    const chunkers = await Promise.all([local, remote].map((where) => as(copier.name, "cat", "config", ...where)));
    const [first, second] = chunkers.map(({ stdout }) => JSON.parse(stdout).chunker_polynomial);
    expect(second).toBe(first);
  });

  test("it deletes nothing there", async () => {
    const before = (await as(copier.name, "snapshots", ...remote, "--json")).stdout;
    expect((await as(copier.name, "forget", ...remote, JSON.parse(before)[0].id)).status).not.toBe(0);
    expect((await as(copier.name, "snapshots", ...remote, "--json")).stdout).toBe(before);
  });

  test("nobody else gets there: not the host that keeps it, by its own certificate, nor one without any", async () => {
    expect((await as(KEEPER, "cat", "config", ...remote)).stderr).toMatch(/403|Forbidden/);
    writeFileSync(join(folder, "none.pem"), authority.rootPem);
    expect((await as("none", "cat", "config", ...remote)).status).not.toBe(0);
  });
});
