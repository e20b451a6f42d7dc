import { describe, expect, it } from "vitest";
import { dataOfVersion, dataText } from "../../../operations/history/data.ts";
import { parseRunning } from "../../../operations/history/state.ts";
import { parseHistory } from "../../../operations/history/versions.ts";
import { parseSnapshots } from "../../../operations/snapshots.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
/** A version of the stack in which the ledger has an image, as Pulumi prints it. */
const entry = (startTime: string, ledger: string, result = "succeeded", others = {}, placement = {}) => ({
  kind: "update",
  result,
  startTime,
  config: {
    "homelab:images": {
      objectValue: {
        ledger: `r/ledger:1@${digest(ledger)}`,
        nginx: `r/nginx:1@${digest("c")}`,
        loki: `r/loki:3@${digest("e")}`,
        ...others,
      },
    },
    "homelab:placement": { objectValue: placement },
  },
});
/** The version to go back to, and what came after it, oldest first. */
const history = (...later: object[]) =>
  parseHistory(JSON.stringify([entry("2026-11-20T10:00:00.000Z", "a"), ...later].reverse()));

/** State as `pulumi stack export` has it: only what is read of it. */
const workload = (name: string, image: string, paths?: string[]) => ({
  urn: `urn:pulumi:starbuck::homelab::homelab:components:Workload$pulumi-nodejs:dynamic/homelab:Workload::${name}`,
  inputs: { image: `r/${name}@${image}`, version: "2", ...(paths ? { backup: { paths } } : {}) },
});
const running = parseRunning(
  JSON.stringify({
    deployment: {
      resources: [
        workload("ledger", digest("b"), ["/var/lib/homelab/data/ledger/data"]),
        workload("nginx", digest("d")),
        workload("loki", digest("e"), ["/var/lib/homelab/data/loki/data"]),
        { urn: "urn:pulumi:starbuck::homelab::docker:index/remoteImage:RemoteImage::ledger", inputs: {} },
        { ...workload("old", digest("f")), delete: true },
      ],
    },
  }),
);
const snapshot = (id: string, time: string, kind: string, image = digest("a")) => ({
  id,
  time,
  workload: "ledger",
  kind,
  image,
  bytes: 5e6,
  place: "local",
});
const followedBy = (later: object[], ...snapshots: object[]) => {
  const versions = history(...later);
  const [version] = versions;
  if (!version) throw new Error("There is no version.");
  const parsed = parseSnapshots(JSON.stringify({ snapshots, silent: [] }));
  return dataOfVersion(version, { stack: "starbuck", versions, running, snapshots: parsed.snapshots });
};
const of = (...snapshots: object[]) => followedBy([], ...snapshots);

describe("data that goes back with a version", () => {
  it("is that of workloads whose image goes back, and of no other", () => {
    expect(of().map(({ workload, data, from, to }) => [workload, data, from?.version, to])).toEqual([
      ["ledger", "missing", "2", "1"],
      ["nginx", "stateless", "2", "1"],
    ]);
  });

  it("is what the version left when the next took over, and not what it wrote when it ran once more", () => {
    const [ledger] = followedBy(
      [
        entry("2026-11-21T09:59:00Z", "b"),
        // Back to the first, which went wrong for another workload, and on to the second again.
        entry("2026-11-22T10:00:00Z", "a", "failed"),
        entry("2026-11-23T09:59:00Z", "b"),
      ],
      snapshot("later", "2026-11-23T10:00:00Z", "cold"),
      snapshot("left", "2026-11-21T10:00:00Z", "cold"),
      snapshot("hot", "2026-11-21T09:00:00Z", "hot"),
      snapshot("before", "2026-11-19T10:00:00Z", "cold"),
      snapshot("others", "2026-11-20T11:00:00Z", "cold", digest("b")),
    );
    expect(ledger?.data).toMatchObject({ id: "left" });
  });

  it.each([
    ["", [snapshot("left", "2026-11-24T10:00:00Z", "cold")]],
    [", also where only the timer's is left of it", [snapshot("left", "2026-11-24T09:00:00Z", "hot")]],
    // The update begins by our clock, the snapshot has the Pi's.
    [", by whatever clock", [snapshot("left", "2026-11-24T12:00:00Z", "cold")]],
  ])("is not what lay there when an upgrade failed, and the version wrote on%s", (_, left) => {
    const [ledger] = followedBy(
      [entry("2026-11-21T09:59:00Z", "f", "failed"), entry("2026-11-24T09:59:00Z", "b")],
      snapshot("failed", "2026-11-21T10:00:00Z", "cold"),
      ...left,
    );
    expect(ledger?.data).toMatchObject({ id: "left" });
  });

  it("is the last of the timer's where there is no cold one; a warm one is none", () => {
    const [ledger] = of(
      snapshot("hot1", "2026-11-21T09:00:00Z", "hot"),
      snapshot("hot2", "2026-11-21T09:30:00Z", "hot"),
      snapshot("warm", "2026-11-21T09:40:00Z", "warm"),
    );
    expect(ledger?.data).toMatchObject({ id: "hot2" });
  });

  it("is that of workloads that are gone by now, too: what lies there of them may be newer", () => {
    const others = {
      tempo: `r/tempo:2@${digest("1")}`,
      elsewhere: `r/elsewhere:1@${digest("2")}`,
      restic: `r/restic:0@${digest("3")}`,
    };
    const [version] = parseHistory(
      JSON.stringify([
        entry("2026-11-20T10:00:00Z", "b", "succeeded", others, { tempo: ["adama", "starbuck"], elsewhere: ["adama"] }),
      ]),
    );
    if (!version) throw new Error("There is no version.");
    const back = (...snapshots: object[]) => {
      const parsed = parseSnapshots(JSON.stringify({ snapshots, silent: [] })).snapshots;
      const known = { stack: "starbuck", versions: [version], running, snapshots: parsed };
      return dataOfVersion(version, known).filter(({ workload }) => workload !== "nginx");
    };
    const paths = ["/var/lib/homelab/data/tempo"];
    expect(back()).toEqual([{ workload: "tempo", to: "2", data: "missing", paths }]);
    const of = (id: string, kind: string, image: string) => ({
      ...snapshot(id, "2026-11-21T10:00:00Z", kind, digest(image)),
      workload: "tempo",
    });
    const returns = back(of("then", "cold", "1"), of("removed", "last", "4"));
    expect(returns).toMatchObject([{ workload: "tempo", data: { id: "then" } }]);
    expect(dataText(returns, new Map(), new Date("2026-11-24T10:00:00Z"))).toMatch(
      /^tempo: 2 again, with its data of 2026-11-21/,
    );
  });

  it("is said with its age, and how much would be lost", () => {
    const returns = of(snapshot("abcdef0123", "2026-11-21T10:00:00Z", "cold"));
    const now = new Date("2026-11-24T10:00:00Z");
    expect(dataText(returns, new Map([["ledger", 41_000_000]]), now)).toBe(
      [
        "ledger: 2 → 1, with its data of 2026-11-21 10:00 UTC (3 days old, snapshot abcdef01).",
        "  Lost to it, but kept aside on the host: 41 MB in files written since.",
        "nginx: 2 → 1, it has no data",
      ].join("\n"),
    );
  });
});
