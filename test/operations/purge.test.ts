import { expect, it } from "vitest";
import { keptText } from "../../operations/purge.ts";
import { parseSnapshots } from "../../operations/snapshots.ts";

const saved = { id: "aa11bb22cc", time: "2026-11-21T10:00:00.5Z", workload: "ledger", kind: "last", image: "", bytes: 5e6 };
const [last] = parseSnapshots(JSON.stringify({ snapshots: [{ ...saved, place: "local" }], silent: [] })).snapshots;
const now = new Date("2026-11-24T12:00:00Z");

it.each([
  ["all of it", last, 0, "The last snapshot of ledger is of 2026-11-21 10:00 UTC, 3 days old (last, aa11bb22)."],
  [
    "not all of it",
    last,
    41_000,
    "The last snapshot of ledger is of 2026-11-21 10:00 UTC, 3 days old (last, aa11bb22). 41 kB was WRITTEN SINCE.",
  ],
  [
    "nobody knows how much",
    last,
    undefined,
    "The last snapshot of ledger is of 2026-11-21 10:00 UTC, 3 days old (last, aa11bb22). It is not known what was WRITTEN SINCE.",
  ],
  ["nothing", undefined, undefined, "There is NO SNAPSHOT of ledger."],
])("before data is deleted one is told what is left of it: %s", (_, newest, written, text) => {
  expect(keptText("ledger", newest, written, now)).toBe(text);
});
