import { describe, expect, it, onTestFinished, vi } from "vitest";
import { refuseMissing } from "../../operations/history/plan.ts";
import { chooseSnapshot, restorePlan, restoreReport } from "../../operations/restore.ts";
import { parseSnapshots } from "../../operations/snapshots.ts";

const image = `sha256:${"a".repeat(64)}`;
/** As `homelab snapshots --json` prints them: restic's times, tags beside them. */
const { snapshots, silent } = parseSnapshots(
  JSON.stringify({
    silent: ["remote does not answer, and may have more: timed out"],
    snapshots: [
      { id: "bb22", time: "2026-11-21T10:00:00.5Z", workload: "ledger", kind: "cold", image, bytes: 5e6, place: "local" },
      { id: "aa11", time: "2026-11-20T10:00:00.5Z", workload: "ledger", kind: "hot", image, bytes: 4e6, place: "starbuck" },
      { id: "bb33", time: "2026-11-22T10:00:00.5Z", workload: "ledger", kind: "warm", image, bytes: 6e6, place: "local" },
    ],
  }),
);

describe("the snapshot to restore", () => {
  it.each([
    ["the newest that is worth something", {}, "bb22"],
    ["by the beginning of its name", { snapshot: "aa" }, "aa11"],
    ["the last before a time", { at: "2026-11-21T00:00:00Z" }, "aa11"],
    ["the last before a time of another zone", { at: "2026-11-21 11:00 +01:00" }, "aa11"],
    ["the last before a time as it is printed", { at: "2026-11-21 10:01 UTC" }, "bb22"],
  ])("%s", (_, wanted, id) => {
    expect(chooseSnapshot("ledger", snapshots, wanted).id).toBe(id);
  });

  it.each([
    ["none of that name", { snapshot: "cc" }, "No snapshot of ledger begins with cc. See: npm run restore -- ledger --list"],
    [
      "none that old",
      { at: "2026-11-01T00:00:00Z" },
      "Nothing of ledger is older than 2026-11-01 00:00 UTC: the first snapshot is of 2026-11-20 10:00 UTC.",
    ],
    ["what is no time", { at: "yesterday-ish" }, '--at takes a time such as "2026-11-20 18:00" (UTC) or'],
    ["a day that no month has", { at: "2026-11-32" }, '+01:00", not "2026-11-32".'],
    ["another way to write a day", { at: "11/21/2026" }, "--at takes a time such as"],
    ["a warm one, which is worth nothing by itself", { snapshot: "bb33" }, "No snapshot of ledger begins with bb33."],
  ])("%s: an error", (_, wanted, message) => {
    expect(() => chooseSnapshot("ledger", snapshots, wanted)).toThrow(message);
  });

  it("is that before a time of UTC where no zone is named, wherever the laptop is", () => {
    vi.stubEnv("TZ", "America/New_York");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(chooseSnapshot("ledger", snapshots, { at: "2026-11-21 10:00" }).id).toBe("aa11");
    expect(chooseSnapshot("ledger", snapshots, { at: "2026-11-21 10:01" }).id).toBe("bb22");
  });

  it("is not chosen among several that are meant", () => {
    const twice = [...snapshots, ...snapshots.slice(1, 2)];
    expect(() => chooseSnapshot("ledger", twice, { snapshot: "bb" })).toThrow("More than one snapshot of ledger begins with bb.");
    expect(() => chooseSnapshot("ledger", [], {})).toThrow("There is no snapshot of ledger anywhere that its host knows of.");
  });
});

describe("a restore", () => {
  const [elsewhere, cold] = snapshots;
  if (!elsewhere || !cold) throw new Error("There is no snapshot.");
  const running = { name: "ledger", image: `r/ledger@${image}`, version: "2", data: ["/d"] };
  const now = new Date("2026-11-21T12:10:00Z");

  it("is a plan first, to the letter", () => {
    expect(restorePlan("starbuck", cold, running, 41_000, now)).toBe(
      [
        "ledger on starbuck: data of 2026-11-21 10:00 UTC, 2 h old (cold, snapshot bb22, 5 MB).",
        "Written since, and kept aside: 41 kB. ledger stops meanwhile; if it does not answer on this data, all is as before.",
      ].join("\n"),
    );
  });

  it("says where the data comes from when it is not the host's own disk", () => {
    expect(restorePlan("starbuck", elsewhere, running, 0, now)).toContain("(hot, snapshot aa11 in starbuck, 4 MB).");
  });

  it("warns of data that another version wrote", () => {
    const other = { ...running, image: `r/ledger@sha256:${"b".repeat(64)}` };
    expect(restorePlan("starbuck", cold, other, 0, now)).toContain(
      "ANOTHER VERSION wrote it (sha256:aaaaaaaaaaaa) than runs (2). To have both back: npm run rollback -- starbuck",
    );
  });

  it("ends with what the host says of it", () => {
    const outcome = {
      version: 2 as const,
      workload: "ledger",
      transaction: "t",
      action: "restart" as const,
      log: ["database is newer than me"],
      outageSeconds: 3.25,
      restorePoint: null,
    };
    expect(restoreReport({ ...outcome, result: "reverted", message: "It did not answer." })).toEqual({
      text: "It did not answer.\nIts last log lines:\n  database is newer than me\nNothing served for 3.3 s.",
      status: 1,
    });
    expect(restoreReport({ ...outcome, result: "confirmed", message: "Done.", log: [] }).status).toBe(0);
  });
});

it("a rollback without its data is refused, with the places that may have it but do not answer", () => {
  const returns = { workload: "ledger", from: { image: "", version: "2" }, to: "1", data: "missing", paths: [] } as const;
  expect(() => refuseMissing("starbuck", 12, [returns], silent)).toThrow(
    /nowhere that its host knows of:\n {2}ledger: no snapshot of what 1 wrote\nremote does not answer, and may have more: timed out\./,
  );
  expect(() => refuseMissing("starbuck", 12, [{ ...returns, data: "stateless" }], silent)).not.toThrow();
});
