import { describe, expect, it } from "vitest";
import { goingBack, goingBackText } from "../../ci/going-back.ts";
import type { Version } from "../../operations/history/versions.ts";

const image = (letter: string, tag: string) => `docker.io/library/x:${tag}@sha256:${letter.repeat(64)}`;

function version(number: number, images: Readonly<Record<string, string>>, more: Partial<Version> = {}): Version {
  const of = { kind: "update", result: "succeeded", time: new Date(0), who: "", message: "", commit: "", dirty: false } as const;
  return { number, ...of, settings: { "homelab:images": images }, secrets: [], ...more };
}

const history = [
  version(1, { mosquitto: image("a", "2.0"), nginx: image("a", "1.0") }),
  version(2, { mosquitto: image("a", "2.0"), nginx: image("b", "1.1") }),
  version(3, { mosquitto: image("c", "2.1") }, { result: "failed" }),
  version(4, { mosquitto: image("b", "2.1"), nginx: image("b", "1.1") }),
];
const running = [
  { name: "mosquitto", image: `x@sha256:${"b".repeat(64)}`, version: "2.1", data: ["/var/lib/homelab/data/mosquitto/data"] },
  { name: "nginx", image: `x@sha256:${"b".repeat(64)}`, version: "1.1", data: [] },
];

describe("a pull request that takes a version back", () => {
  it("names the data and the exact command, for what has data", () => {
    const wanted = new Map([
      ["mosquitto", image("a", "2.0")],
      ["nginx", image("a", "1.0")],
    ]);
    const back = goingBack(running, wanted, history);
    expect(back).toEqual([{ workload: "mosquitto", from: "2.1", to: "2.0", version: 2 }]);
    const text = goingBackText("adama", back);
    expect(text).toContain("Its data has to go back too: `npm run rollback -- adama --to 2 --only mosquitto`");
  });

  it("is none where an upgrade is made again that was rolled back: its data is today's", () => {
    const upgraded = [...history, version(5, { mosquitto: image("d", "2.2") }), version(6, { mosquitto: image("b", "2.1") })];
    expect(goingBack(running, new Map([["mosquitto", image("d", "2.2")]]), upgraded)).toEqual([]);
    // Back once more, to what it had before both, is one.
    const back = goingBack(running, new Map([["mosquitto", image("a", "2.0")]]), upgraded);
    expect(back).toEqual([{ workload: "mosquitto", from: "2.1", to: "2.0", version: 2 }]);
    // And so is the same rollback after the upgrade was made again; its last version is the one to go back to.
    const again = [...upgraded, version(7, { mosquitto: image("d", "2.2") })];
    const runs = [{ ...running[0], name: "mosquitto", image: `x@sha256:${"d".repeat(64)}`, version: "2.2", data: ["/data"] }];
    expect(goingBack(runs, new Map([["mosquitto", image("b", "2.1")]]), again)).toEqual([
      { workload: "mosquitto", from: "2.2", to: "2.1", version: 6 },
    ]);
  });

  it("is one too where what runs came with an update of which another part failed", () => {
    const runs = [{ name: "mosquitto", image: `x@sha256:${"c".repeat(64)}`, version: "2.1", data: ["/data"] }];
    expect(goingBack(runs, new Map([["mosquitto", image("b", "2.1")]]), history)).toHaveLength(1);
  });

  it("is none with what runs now, with a new version, and with one that never ran", () => {
    for (const letter of ["b", "d", "c"])
      expect(goingBack(running, new Map([["mosquitto", image(letter, "x")]]), history)).toEqual([]);
    expect(goingBackText("adama", [])).toBe("");
  });
});
