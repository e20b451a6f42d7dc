import { describe, expect, it } from "vitest";
import { dataNotices, dataPlaces } from "../../lab/data.ts";
import { planLab } from "../../lab/plan.ts";
import { firstLab } from "./fixtures.ts";

const path = "/var/lib/homelab/data/broker";
const on = (...hosts: string[]) => ({ broker: Object.fromEntries(hosts.map((host) => [host, path])) });

describe("where data lies", () => {
  it("is one directory per workload and host, of those that have any", () => {
    expect(dataPlaces(planLab(firstLab))).toEqual({
      alertmanager: { starbuck: "/var/lib/homelab/data/alertmanager" },
      mosquitto: { adama: "/var/lib/homelab/data/mosquitto" },
      prometheus: { starbuck: "/var/lib/homelab/data/prometheus" },
      "rest-server": { adama: "/var/lib/homelab/data/rest-server", starbuck: "/var/lib/homelab/data/rest-server" },
    });
  });
});

describe("what a person is told of data", () => {
  it("is nothing as long as all stay, or come for the first time", () => {
    expect(dataNotices(on("adama"), on("adama"), "adama")).toEqual([]);
    expect(dataNotices({}, on("adama"), "adama")).toEqual([]);
    expect(dataNotices(on("adama"), on("adama", "starbuck"), "starbuck")).toEqual([]);
  });

  it("is host and path when a workload is dropped or renamed", () => {
    const [notice, ...rest] = dataNotices(on("adama"), { other: { adama: "/elsewhere" } }, "adama");
    expect(rest).toEqual([]);
    expect(notice).toContain(`broker leaves adama. Its data stays there, in ${path}`);
  });

  it("is told on both hosts when a workload moves, and on no third", () => {
    expect(dataNotices(on("adama"), on("starbuck"), "adama")).toEqual([
      expect.stringContaining(`broker moves from adama to starbuck, but its data stays on adama, in ${path}.`),
    ]);
    expect(dataNotices(on("adama"), on("starbuck"), "starbuck")).toEqual([
      expect.stringMatching(/^broker moves to starbuck and begins here without its data, which stays on adama.*--stack adama$/),
    ]);
    expect(dataNotices(on("adama"), on("starbuck"), "apollo")).toEqual([]);
  });
});
