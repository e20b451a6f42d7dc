import { expect, it, vi } from "vitest";
import { officialOr } from "../../rehearsal/simulation/router.ts";

/** What was done with a router, in order. */
async function done(official: () => Promise<void>): Promise<readonly string[]> {
  const steps: string[] = [];
  const step = (name: string) => async () => void steps.push(name);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => steps.push(String(text)) > 0);
  await officialOr(
    step("stand-in"),
    async () => {
      await step("official")();
      await official();
    },
    step("removed"),
  ).finally(() => vi.restoreAllMocks());
  return steps;
}

it("a router is OpenWrt's own image where that comes up", async () => {
  expect(await done(async () => {})).toEqual(["official"]);
});

it("where it does not, that is said, and the stand-in plays the router", async () => {
  const hangs = async () => {
    throw new Error("After 60 s still waiting: apollo is up.");
  };
  const said = "OpenWrt's own image does not come up here: After 60 s still waiting: apollo is up.\n";
  expect(await done(hangs)).toEqual(["official", said, "removed", "stand-in"]);
});
