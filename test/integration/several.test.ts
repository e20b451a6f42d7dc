import { beforeAll, describe, expect, it } from "vitest";
import type { ProgramCopy } from "../../rehearsal/simulation/copy.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { repositoryOf } from "../../rehearsal/simulation/project.ts";
import { countSsh } from "../../rehearsal/simulation/ssh-log.ts";
import { appliedLab, expectHealthy, TEST_TIMEOUT, UP_TIMEOUT } from "./lab.ts";
import { placeSiblings, type Sibling } from "./siblings.ts";

const HOST = "starbuck";
const BAD = "beacon";

const siblings: readonly Sibling[] = [
  { name: BAD, network: 40, port: 9440, tier: "core" },
  { name: "ledger", network: 41, port: 9441, tier: "important" },
  { name: "parlour", network: 42, port: 9442, tier: "optional" },
];

/** The workloads of the host, each tier after the more important one; who is called by a core one counts as core. */
const tiers = [["alertmanager", BAD, "nginx", "prometheus"], ["ledger"], ["parlour"]];
const all = tiers.flat();
const good = all.filter((name) => name !== BAD);

let lab: Lab;
let copy: ProgramCopy;
beforeAll(async () => {
  lab = await appliedLab();
  copy = placeSiblings(lab, HOST, siblings);
  await lab.up(HOST);
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
      lab.resetConfig();
      placeSiblings(lab, HOST, siblings);
      const { result, calls, oursAtOnce } = await up(32);
      expect(result.status, result.stdout).toBe(0);
      expect(calls.filter(({ ours }) => ours).map(({ command }) => command)).toEqual(
        good.map(() => "/usr/local/lib/homelab/homelab apply"),
      );
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
    "are never refused by sshd",
    async () => {
      expect(await lab.on(HOST, "journalctl -u ssh -o cat --no-pager")).not.toMatch(
        /no more sessions|MaxStartups|drop connection/,
      );
    },
    TEST_TIMEOUT,
  );
});

/** `20261122T031635Z` as a number. */
function compact(time: string): number {
  return Number(time.replace(/\D/g, ""));
}
