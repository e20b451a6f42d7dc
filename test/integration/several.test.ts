import { beforeAll, describe, expect, it } from "vitest";
import { attempt } from "../../operations/shell.ts";
import { sshArguments } from "../../providers/ssh.ts";
import type { ProgramCopy } from "../../rehearsal/simulation/copy.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { overSlowLink, simulatedTarget } from "../../rehearsal/simulation/link.ts";
import { repositoryOf } from "../../rehearsal/simulation/project.ts";
import { countSsh } from "../../rehearsal/simulation/ssh-log.ts";
import { sharedLab } from "../support/lab.ts";
import { expectHealthy, preview, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";
import { placeSiblings, type Sibling } from "./siblings.ts";

const HOST = "starbuck";
const BAD = "beacon";

const beacon: Sibling = { host: HOST, name: BAD, network: 40, port: 9440, tier: "core" };
const ledger: Sibling = { host: HOST, name: "ledger", network: 41, port: 9441, tier: "important" };
const parlour: Sibling = { host: HOST, name: "parlour", network: 42, port: 9442, tier: "optional" };
const siblings = [beacon, ledger, parlour];

/** The workloads of the host, each tier after the more important one; who is called by a core one counts as core. */
const tiers = [["alertmanager", BAD, "nginx", "prometheus"], ["ledger"], ["parlour"]];
const all = tiers.flat();
const good = all.filter((name) => name !== BAD);

let lab: Lab;
let copy: ProgramCopy;
beforeAll(async () => {
  lab = await sharedLab();
  copy = placeSiblings(lab, siblings);
  for (const { name } of lab.instance.hosts) await lab.up(name, "--refresh");
}, UP_TIMEOUT);

/** `up`, on a machine that lets the engine do so many steps at once. */
function up(parallel: number) {
  return countSsh(lab, ["up", "--yes", "--skip-preview", "--stack", HOST, "--parallel", String(parallel)]);
}

/** Digest of the image that each workload's container runs. */
async function running(): Promise<Record<string, string>> {
  const lines = await lab.on(HOST, `podman inspect --format '{{.Name}} {{.ImageName}}' ${all.join(" ")} 2>/dev/null`);
  return Object.fromEntries(lines.split("\n").map((line) => [line.split(" ")[0], line.split("@")[1]]));
}

/** To the second, when the last transaction of each workload began. */
async function begun(): Promise<Record<string, string>> {
  const files = all.map((name) => `${name}.json`).join(" ");
  const lines = await lab.on(HOST, `cd /var/lib/homelab/outcome && grep -o '"transaction": "[^"-]*' ${files}`);
  return Object.fromEntries(lines.split("\n").map((line) => [line.split(".")[0], line.split('"').at(-1)]));
}

function version(name: string, variant: "next" | "silent"): string {
  const image = lab.images(HOST)[name] ?? lab.images(HOST).alertmanager ?? "";
  return lab.catalogue.version(repositoryOf(image), variant);
}

describe("six workloads change at once and one never gets healthy", () => {
  it(
    "the other five are changed and serve, it serves as before, and the error names it alone",
    async () => {
      const before = await running();
      for (const name of all) lab.setImage(HOST, name, version(name, name === BAD ? "silent" : "next"));
      // It fails when the engine, which may do two steps at once here, has not sent all the others yet.
      copy.edit("lab/workloads/index.ts", (text) => text.replace('"tier":"core"', '"tier":"core","healthyWithinSeconds":3'));
      const { result } = await up(2);
      const text = result.stdout + result.stderr;
      expect(result.status, text).not.toBe(0);
      expect(text).toContain(`${BAD} on ${HOST}: ${BAD} did not become healthy within 3 s`);
      for (const name of good) expect(text).not.toContain(`${name} on ${HOST}:`);
      const expected = all.map((name) => [name, name === BAD ? before[BAD] : version(name, "next").split("@")[1]]);
      expect(await running()).toEqual(Object.fromEntries(expected));
      await expectHealthy(lab);
      const changes = await lab.previewChanges(HOST);
      expect([...new Set(changes.map(({ name }) => name))]).toEqual([BAD]);
    },
    TEST_TIMEOUT,
  );

  it(
    "taken back, they change in the plan's order, two at a time, with one session each",
    async () => {
      placeSiblings(lab, siblings);
      const { result, calls, oursAtOnce } = await up(32);
      expect(result.status, result.stdout).toBe(0);
      // Directories of the host may change beside them: the failure kept the engine from those.
      const ofWorkloads = calls.map(({ command }) => command).filter((command) => command.startsWith("/usr/local/lib/homelab/"));
      expect(ofWorkloads).toEqual(good.map(() => "/usr/local/lib/homelab/homelab apply"));
      expect(oursAtOnce).toBe(2);
      const times = await begun();
      tiers.slice(1).forEach((tier, index) => {
        const earlier = (tiers[index] ?? []).filter((name) => name !== BAD).map((name) => times[name] ?? "");
        for (const name of tier) expect(Math.max(...earlier.map(compact)), name).toBeLessThanOrEqual(compact(times[name] ?? ""));
      });
    },
    TEST_TIMEOUT,
  );
});

describe("sessions over ssh", () => {
  it(
    "of the lab's providers: none for a preview or an up that changes nothing, one for a refresh",
    async () => {
      for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
        const { result, calls } = await countSsh(lab, [...args, "--stack", HOST]);
        expect(result.status, result.stdout).toBe(0);
        expect(calls).toEqual([]);
      }
      const { result, calls } = await countSsh(lab, ["preview", "--refresh", "--stack", HOST, "--parallel", "32"]);
      expect(result.status, result.stdout).toBe(0);
      expect(calls.filter(({ ours }) => ours)).toHaveLength(1);
    },
    TEST_TIMEOUT,
  );

  it(
    "are not refused by sshd, as many as the docker plugin opens for forty images at once",
    async () => {
      const command = [...sshArguments(simulatedTarget(lab, HOST)), "--", "sleep 2"];
      const sessions = Array.from({ length: 40 }, () => attempt("ssh", command, { env: lab.env }));
      const failed = (await Promise.all(sessions)).filter(({ status }) => status !== 0);
      expect(failed).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "take longer over a slow link, and that is all",
    async () => {
      lab.editStack(HOST, (file) => file.setIn(["config", "homelab:limits"], { parlour: { memory: "80MiB" } }));
      const args = ["up", "--refresh", "--yes", "--skip-preview", "--stack", HOST];
      const { result, calls } = await overSlowLink(lab, HOST, { milliseconds: 200, loss: 0.01 }, (env) =>
        countSsh(lab, args, env),
      );
      expect(result.status, result.stdout + result.stderr).toBe(0);
      expect(calls.filter(({ ours }) => ours).map(({ command }) => command)).toEqual([
        "python3 -",
        "/usr/local/lib/homelab/homelab apply",
      ]);
      expect(await lab.previewChanges(HOST)).toEqual([]);
    },
    TEST_TIMEOUT,
  );
});

describe("names and ports move", () => {
  const moved = [{ ...beacon, name: "lantern" }, { ...ledger, host: "adama" }, parlour];

  it(
    "in one up: a workload under a new name, and one that leaves for the other host; the preview says what its data does",
    async () => {
      placeSiblings(lab, moved);
      const text = await preview(lab, HOST);
      expect(text).toContain(`beacon leaves ${HOST}. Its data stays there, in /var/lib/homelab/data/beacon`);
      expect(text).toContain(
        `ledger moves from ${HOST} to adama, but its data stays on ${HOST}, in /var/lib/homelab/data/ledger`,
      );
      await lab.up(HOST);
      expect(await lab.on(HOST, "podman ps --format '{{.Names}}' 2>/dev/null | sort | xargs")).toBe(
        "alertmanager lantern nginx parlour prometheus rest-server",
      );
      expect(await lab.on(HOST, "ls /var/lib/homelab/data | xargs")).toContain("beacon lantern ledger");
      expect(await lab.previewChanges(HOST, { refresh: true })).toEqual([]);
    },
    TEST_TIMEOUT,
  );

  it(
    "to the other host, whose preview says where the data is",
    async () => {
      expect(await preview(lab, "adama")).toContain(
        `ledger moves to adama and begins here without its data, which stays on ${HOST}, in /var/lib/homelab/data/ledger`,
      );
      await lab.up("adama");
      await expectHealthy(lab);
      expect(await preview(lab, "adama")).not.toContain("ledger moves");
    },
    TEST_TIMEOUT,
  );

  it(
    "from one that stays to another one that stays, whose turn comes first, in one up",
    async () => {
      const freed = parlour.port;
      placeSiblings(
        lab,
        moved.map((one) => ({ ...one, port: one.name === "lantern" ? freed : one.name === "parlour" ? freed + 1 : one.port })),
      );
      await lab.up(HOST);
      expect(await lab.on(HOST, "podman port lantern 2>/dev/null")).toContain(`:${freed}`);
      await expectHealthy(lab);
    },
    TEST_TIMEOUT,
  );
});

/** `20261122T031635Z` as a number. */
function compact(time: string): number {
  return Number(time.replace(/\D/g, ""));
}
