import { describe, expect, it } from "vitest";
import { filesOfVersion, movesSince, settingsOf, withRestore } from "../../../operations/history/settings.ts";
import type { Version } from "../../../operations/history/versions.ts";

const project = `# The lab.
name: homelab
main: index.ts
config:
  homelab:domain: lab.home.arpa   # reserved for homes

  homelab:hosts:
    value:
      starbuck: { address: 192.168.1.99, memory: 8GiB }
  # Which hosts run what.
  homelab:placement:
    value:
      grafana: [starbuck]   # the graphs
      loki: [starbuck]
`;
const stack = `# starbuck alone.
config:
  homelab:hostKey: ssh-ed25519 NEW
  homelab:images:
    # The graphs.
    grafana: docker.io/grafana/grafana:11.3@sha256:22 # was 11.2
    loki: docker.io/grafana/loki:3.1@sha256:44
  homelab:limits:
    grafana: { memory: 400MiB }
  homelab:password:
    secure: v1:abc
encryptionsalt: v1:salt
`;
const version: Version = {
  number: 7,
  kind: "update",
  result: "succeeded",
  time: new Date("2026-11-20T10:00:00Z"),
  who: "Laura",
  message: "",
  commit: "",
  dirty: false,
  settings: {
    "homelab:domain": "lab.home.arpa",
    "homelab:hosts": { starbuck: { address: "192.168.1.21", memory: "8GiB" } },
    "homelab:hostKey": "ssh-ed25519 OLD",
    "homelab:placement": { grafana: ["starbuck"], loki: ["starbuck"] },
    "homelab:images": { grafana: "docker.io/grafana/grafana:11.2@sha256:11", loki: "docker.io/grafana/loki:3.0@sha256:33" },
    "homelab:limits": { grafana: { memory: "400MiB" } },
    "docker:host": "unix:///elsewhere",
  },
  secrets: ["homelab:password"],
};
const back = (settings: object, options = {}) =>
  filesOfVersion({ project, stack }, "starbuck", { ...version, settings: { ...version.settings, ...settings } }, options);

describe("the files of a version", () => {
  it("are today's with the old images: comments, places and spelling stay", () => {
    expect(back({})).toEqual({
      project,
      stack: stack.replace("11.3@sha256:22", "11.2@sha256:11").replace("3.1@sha256:44", "3.0@sha256:33"),
    });
  });

  it("find a host where it is today, by the key that it has today, and leave secrets alone", () => {
    const files = back({});
    expect(files.project).toContain("192.168.1.99");
    expect(files.stack).toContain("ssh-ed25519 NEW");
    expect(files.stack).toContain("secure: v1:abc");
    expect(files.stack).not.toContain("docker:host");
  });

  it("have of one workload no more than its image and its limits", () => {
    const files = back({ "homelab:limits": { grafana: { memory: "300MiB" }, loki: { pids: 9 } } }, { workloads: ["grafana"] });
    expect(files.project).toBe(project);
    expect(files.stack).toBe(stack.replace("11.3@sha256:22", "11.2@sha256:11").replace("400MiB", "300MiB"));
  });

  it("take limits away that the version did not have", () => {
    const files = back({ "homelab:limits": {} }, { workloads: ["grafana"] });
    expect(files.stack).not.toContain("400MiB");
  });

  it("put workloads back that were there, and take away what came since", () => {
    const files = back({
      "homelab:placement": { grafana: ["starbuck"], tempo: ["starbuck"] },
      "homelab:images": { grafana: "docker.io/grafana/grafana:11.2@sha256:11", tempo: "docker.io/grafana/tempo:2@sha256:55" },
    });
    expect(files.project).toContain("# the graphs");
    expect(files.project).toContain("tempo:");
    expect(files.project).not.toContain("loki");
    expect(files.stack).toContain("tempo: docker.io/grafana/tempo:2@sha256:55");
    expect(files.stack).not.toContain("loki");
  });

  it("with the code of the version, lack what it may not know", () => {
    const { "homelab:hosts": _, ...older } = version.settings;
    expect(
      filesOfVersion({ project, stack }, "starbuck", { ...version, settings: older }, { exactly: true }).project,
    ).not.toContain("homelab:hosts");
    expect(filesOfVersion({ project, stack }, "starbuck", { ...version, settings: older }).project).toContain("homelab:hosts");
  });

  it("have of workloads whether they are on this host, and of other hosts what is so today", () => {
    const then = {
      "homelab:placement": { tempo: ["starbuck", "adama"], loki: ["starbuck"] },
      "homelab:images": { tempo: "docker.io/grafana/tempo:2@sha256:55" },
    };
    const files = back(then, { workloads: ["grafana", "tempo"] });
    expect(settingsOf(files)["homelab:placement"]).toEqual({ loki: ["starbuck"], tempo: ["starbuck"] });
    expect(files.stack).not.toContain("grafana/grafana");
    expect(files.stack).toContain("tempo: docker.io/grafana/tempo:2@sha256:55");
    expect(files.stack).toContain("grafana/loki:3.1@sha256:44");
    expect(back({ "homelab:limits": undefined }, { workloads: ["loki"] }).stack).toContain("400MiB");
  });

  it("leave a key of previews that was replaced, and what all hosts must agree on, as they are", () => {
    const now = project.replace("config:\n", "config:\n  homelab:previewKey: ssh-ed25519 NEW\n  homelab:primary: adama\n");
    const settings = {
      "homelab:previewKey": "ssh-ed25519 STOLEN",
      "homelab:domain": "old.home.arpa",
      "homelab:primary": "caprica",
    };
    const files = filesOfVersion({ project: now, stack }, "starbuck", {
      ...version,
      settings: { ...version.settings, ...settings },
    });
    expect(files.project).toBe(now);
  });

  it("of the project have what concerns the stack: the routers if they are its own, and who is on its host", () => {
    const now = project
      .replace(
        "config:\n",
        "config:\n  homelab:primary: adama\n  homelab:network: { country: DE }\n  homelab:routers: { apollo: 2 }\n",
      )
      .replace("loki: [starbuck]", "loki: [starbuck]\n      mosquitto: [adama]\n      nginx: [adama]");
    const then = {
      "homelab:network": { country: "FR" },
      "homelab:routers": { apollo: 1 },
      "homelab:placement": { grafana: ["starbuck"], loki: ["starbuck"], nginx: ["starbuck"], zigbee: ["adama"] },
    };
    const of = (name: string, options = {}) => {
      const settings = { ...version.settings, ...then, "homelab:primary": "adama" };
      const files = filesOfVersion({ project: now, stack }, name, { ...version, settings }, options);
      return settingsOf({ project: files.project, stack: "" });
    };
    const placed = { grafana: ["starbuck"], loki: ["starbuck"], mosquitto: ["adama"], nginx: ["adama"] };
    expect(of("starbuck")).toMatchObject({ "homelab:network": { country: "DE" }, "homelab:routers": { apollo: 2 } });
    expect(of("starbuck")["homelab:placement"]).toEqual(placed);
    const { mosquitto: _, ...others } = placed;
    expect(of("adama")).toMatchObject({ "homelab:network": { country: "FR" }, "homelab:routers": { apollo: 1 } });
    expect(of("adama")["homelab:placement"]).toEqual({ ...others, zigbee: ["adama"] });
    expect(of("adama", { workloads: [] })).toMatchObject({ "homelab:network": { country: "DE" } });
    expect(of("adama", { workloads: [], home: true })).toMatchObject({ "homelab:network": { country: "FR" } });
  });

  it("leave a workload that went to another host, or came from one, where it is, in the version that it has", () => {
    const then = { "homelab:placement": { grafana: ["adama"], loki: ["starbuck"], tempo: ["starbuck"] } };
    const now = project.replace("loki: [starbuck]", "loki: [adama]");
    const of = { ...version, settings: { ...version.settings, ...then } };
    const files = filesOfVersion({ project: now, stack }, "starbuck", of);
    expect(settingsOf(files)["homelab:placement"]).toEqual({ grafana: ["starbuck"], loki: ["adama"], tempo: ["starbuck"] });
    expect(files.stack).toBe(stack);
    expect(movesSince({ project: now, stack }, "starbuck", of)).toEqual([
      { workload: "grafana", from: "adama", to: "starbuck" },
      { workload: "loki", from: "starbuck", to: "adama" },
    ]);
  });

  it.each([
    ["the whole stack", {}],
    ["one workload", { workloads: ["grafana"] }],
  ])("of %s: bring no data back because the version was a rollback, and mend a file that says so", (_, options) => {
    const rolledBack = { "homelab:restore": { grafana: "abcdef" } };
    expect(back(rolledBack, options)).toEqual(back({}, options));
    const spoilt = withRestore(stack, "starbuck", { grafana: "abcdef" });
    const files = filesOfVersion({ project, stack: spoilt }, "starbuck", version, options);
    expect(files).toEqual(back({}, options));
  });

  it("have texts that Pulumi reads as texts: dates, and snapshots whose names look like numbers", () => {
    const { project: now } = filesOfVersion({ project, stack: "config:\n  homelab:primary: starbuck\n" }, "starbuck", {
      ...version,
      settings: { ...version.settings, "homelab:routers": { apollo: { start: "2026-12-24" } } },
    });
    expect([now, withRestore(stack, "starbuck", { loki: "0b110011" })].join("")).toMatch(
      /start: "2026-12-24"[\s\S]*loki: "0b110011"/,
    );
  });

  it("say which data comes back, for the run that does it", () => {
    expect(withRestore(stack, "starbuck", { grafana: "abcdef" })).toContain("homelab:restore:\n    grafana: abcdef");
  });
});
