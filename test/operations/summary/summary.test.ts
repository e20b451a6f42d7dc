import { describe, expect, it } from "vitest";
import { type EngineEvent, parseEvent } from "../../../operations/engine-events.ts";
import type { HostHolds } from "../../../operations/holds.ts";
import { COMMENT_LIMIT, summaryMarkdown } from "../../../operations/summary/markdown.ts";
import { changesNothing, isEmpty, isRefused, onlyRenews, type Summary } from "../../../operations/summary/model.ts";
import { summaryOf } from "../../../operations/summary/read.ts";
import { resultOf, resultText } from "../../../operations/summary/result.ts";
import { summaryText } from "../../../operations/summary/text.ts";
import { recorded } from "./recorded.ts";

const of = (name: string, stack = "starbuck", status = 0): Summary =>
  summaryOf(stack, { status, events: recorded(name), said: "" });

describe("what a preview says, to the letter", () => {
  it.each([
    ["upgrade", "starbuck", 0],
    ["nothing", "starbuck", 0],
    ["renewal", "starbuck", 0],
    ["renewal-of-an-intermediate", "adama", 0],
    ["drift", "starbuck", 0],
    ["removal", "starbuck", 0],
    ["refused", "starbuck", 1],
    ["new-routers", "adama", 0],
    ["routers", "adama", 0],
  ])("%s", async (name, stack, status) => {
    await expect(`${summaryText(of(name, stack, status))}\n`).toMatchFileSnapshot(`./texts/${name}.txt`);
    await expect(summaryMarkdown(of(name, stack, status))).toMatchFileSnapshot(`./texts/${name}.md`);
  });
});

describe("what an update came to, to the letter", () => {
  it.each([
    ["upgrade", "upgrade-up", 0],
    ["upgrade", "failed-up", 1],
  ])("%s, then %s", async (preview, update, status) => {
    const result = resultOf(of(preview), { status, events: recorded(update), said: "" });
    await expect(`${resultText("starbuck", result)}\n`).toMatchFileSnapshot(`./texts/${update}.txt`);
    expect(result.onlyWorkloadsFailed).toBe(status !== 0);
  });

  it("what hosts say of changes that went well stands below, and nothing that the preview warned of already", () => {
    const warning = (message: string): EngineEvent => ({ diagnosticEvent: { message: `${message}\n`, severity: "warning" } });
    const events = [...recorded("upgrade-up"), warning("the state has no copy"), warning("app on starbuck: no last backup")];
    const preview = { ...of("upgrade"), warnings: ["the state has no copy"] };
    const text = resultText("starbuck", resultOf(preview, { status: 0, events, said: "" }));
    expect(text).toMatch(/–\n\napp on starbuck: no last backup\n\nstarbuck is as declared\.$/);
    expect(text).not.toContain("copy");
  });

  it("something besides workloads failed: what the other stacks read may not be there", () => {
    const events = recorded("failed-up").map((event) =>
      JSON.stringify(event).replaceAll("homelab:Workload", "homelab:HostDirectory"),
    );
    const run = { status: 1, events: events.flatMap((line) => parseEvent(line) ?? []), said: "" };
    expect(resultOf(of("upgrade"), run).onlyWorkloadsFailed).toBe(false);
  });

  it("somebody pressed Ctrl-C: the stacks after this one are not begun", () => {
    const run = { status: 1, events: recorded("failed-up"), said: "" };
    expect(resultOf(of("upgrade"), { ...run, interrupted: true }).onlyWorkloadsFailed).toBe(false);
  });
});

it("a router whose own network has to go says so", () => {
  const urn = "urn:pulumi:adama::homelab::homelab:components:Router$pulumi-nodejs:dynamic/homelab:UciDevice::apollo";
  const type = "pulumi-nodejs:dynamic/homelab:UciDevice";
  const lan = { "network.lan": { type: "interface" } };
  const state = (own: object) => ({ parent: "p", inputs: { settings: {}, ...own }, outputs: {} });
  const [old, now] = [state({ sections: lan, absent: {} }), state({ sections: {}, absent: lan })];
  const event: EngineEvent = { resourcePreEvent: { metadata: { op: "update", urn, type, old, new: now } } };
  const { routers } = summaryOf("adama", { status: 0, events: [event], said: "" });
  expect(routers[0]?.lines).toEqual(["network.lan: section is no longer declared", "network.lan: must not be there"]);
});

describe("a workload", () => {
  const urn = "urn:pulumi:starbuck::homelab::homelab:components:Workload$pulumi-nodejs:dynamic/homelab:Workload::grafana";
  const type = "pulumi-nodejs:dynamic/homelab:Workload";
  const inputs = {
    image: "docker.io/grafana/grafana@sha256:11",
    version: "11.2",
    state: "healthy",
    units: { "grafana.container": "[Container]\nUser=472\n" },
    files: { "grafana.ini": "a = 1\n", "reloaded/x.yml": "a: 1\n" },
    reload: { signal: "SIGHUP", paths: ["reloaded/", "tls/"] },
  };
  const preview = (before: object, after: object, outputs: Record<string, unknown> = {}, op = "update"): Summary => {
    const state = (own: object) => ({ parent: "p", inputs: { ...inputs, ...own }, outputs });
    const event: EngineEvent = { resourcePreEvent: { metadata: { op, urn, type, old: state(before), new: state(after) } } };
    return summaryOf("starbuck", { status: 0, events: [event], said: "" });
  };
  const upgrade = { image: "docker.io/grafana/grafana@sha256:22", version: "11.3" };

  it("is backed up before an upgrade, with the outage of the last one", () => {
    const [workload] = preview(
      {},
      { ...upgrade, backupBefore: "11.2 → 11.3" },
      { outages: { upgrade: 6.4, restart: 2 } },
    ).workloads;
    expect(workload).toMatchObject({ what: ["11.2 → 11.3"], backup: "11.2 → 11.3", outage: { kind: "restart", seconds: 6.4 } });
  });

  it("has no backup announced that an earlier upgrade made", () => {
    const carried = { backupBefore: "11.1 → 11.2" };
    const [workload] = preview(carried, { ...carried, files: { ...inputs.files, "grafana.ini": "a = 2\n" } }).workloads;
    expect(workload).not.toHaveProperty("backup");
    expect(workload?.details).toEqual([{ name: "grafana.ini", lines: ["- a = 1", "+ a = 2"] }]);
  });

  it("has a file that is no text by its hash, of which a change restarts it", () => {
    const logo = (hash: string) => ({ sources: { "logo.png": { file: "lab/workloads/logo.png", sha256: hash } } });
    const [workload] = preview(logo("aa"), logo("bb")).workloads;
    expect(workload).toMatchObject({ what: ["configuration"], outage: { kind: "restart" } });
    expect(workload?.details).toEqual([{ name: "logo.png", lines: ["- sha256 aa", "+ sha256 bb"] }]);
  });

  it("says nothing of what the provider takes for no difference, and its state only still has", () => {
    const [workload] = preview({ initialise: true, turn: 3 }, { ...upgrade, turn: 4 }).workloads;
    expect(workload).toMatchObject({ what: ["11.2 → 11.3"], details: [] });
  });

  it("says where its data comes back from", () => {
    const summary = preview({}, { ...upgrade, restore: { snapshot: "abcdef0123456789" } });
    expect(summaryText(summary)).toContain("data    comes back from snapshot abcdef01; that of now is kept aside");
    expect(summaryMarkdown(summary)).toContain("`grafana` from snapshot `abcdef01`");
  });

  it.each([
    ["a file that it reads again", { files: { ...inputs.files, "reloaded/x.yml": "a: 2\n" } }, "none"],
    ["a file that it does not", { files: { ...inputs.files, "grafana.ini": "a = 2\n" } }, "restart"],
    ["a line of its unit", { units: { "grafana.container": "[Container]\nUser=1\n" } }, "restart"],
    ["a limit", { units: { "grafana.container": "[Container]\nUser=472\nPidsLimit=64\n" } }, "none"],
    ["its health check", { health: { withinSeconds: 9 } }, "none"],
    ["keys that it reads again", { secrets: "other" }, "none"],
    ["two builds of one tag", { image: "docker.io/grafana/grafana@sha256:22" }, "restart"],
  ])("%s: the outage is what the host will make of it", (_, change, kind) => {
    expect(preview({}, change).workloads[0]?.outage.kind).toBe(kind);
  });

  it("names a held version, and the command that lets it in", () => {
    const holds = { [upgrade.image]: { imageTag: "11.3", why: "did not become healthy within 60 s" } };
    const wanted = preview({}, upgrade, { holds });
    expect(summaryText(wanted)).toContain(
      "grafana 11.3 (did not become healthy within 60 s). This update of it will fail before anything is touched. If you want it: npm run release -- starbuck grafana",
    );
    expect(preview({}, {}, { holds }, "same").holds).toMatchObject([{ wanted: false }]);
  });

  it("is held by what its host says, where that was asked: the update that failed wrote no state", () => {
    const hold = { imageTag: "11.3", why: "did not become healthy within 60 s", transaction: "t1", time: 0 };
    const asked = (holds: HostHolds, outputs: Record<string, unknown>, op: string, old: object | null = { inputs, outputs }) => {
      const event: EngineEvent = {
        resourcePreEvent: { metadata: { op, urn, type, old, new: { inputs: { ...inputs, ...upgrade } } } },
      };
      return summaryOf("starbuck", { status: 0, events: [event], said: "" }, { holds }).holds;
    };
    const held = { grafana: { [upgrade.image]: hold } };
    expect(asked(held, {}, "update")).toMatchObject([{ version: "11.3", wanted: true }]);
    // One that failed when it was new has no state at all.
    expect(asked(held, {}, "create", null)).toMatchObject([{ wanted: true }]);
    expect(asked({}, { holds: held.grafana }, "update")).toEqual([]);
  });
});

describe("an image whose workload stays as it is", () => {
  const step = (type: string, op: string): EngineEvent => ({
    resourcePreEvent: {
      metadata: { op, type, urn: `urn:pulumi:starbuck::homelab::x$${type}::grafana`, old: { inputs: {} }, new: { inputs: {} } },
    },
  });
  const summary = (image: string, workload = "same") => {
    const events = [
      step("docker:index/remoteImage:RemoteImage", image),
      step("pulumi-nodejs:dynamic/homelab:Workload", workload),
    ];
    return summaryOf("starbuck", { status: 0, events, said: "" });
  };

  it("is said in words after an upgrade that failed and was taken back in the code: it is no change of the lab", () => {
    const text = summaryText(summary("replace"));
    expect(text).toContain("starbuck: nothing to do but to note an image");
    expect(text).toContain("grafana: Pulumi forgets the image of a version that did not come up; what runs stays as it is");
    expect(summaryMarkdown(summary("replace"))).toContain("**Images**\n- grafana: Pulumi forgets");
    expect([changesNothing(summary("replace")), isEmpty(summary("replace"))]).toEqual([true, false]);
    expect(onlyRenews(summary("replace"))).toBe(false);
  });

  it("is pulled again where somebody removed it, and is a part of the workload's own change where there is one", () => {
    expect(summary("create").images).toEqual(["grafana: its image is pulled again; what runs stays as it is"]);
    expect(summary("replace", "update").images).toEqual([]);
    expect(isEmpty(summary("same"))).toBe(true);
  });
});

describe("renewals", () => {
  it.each([
    ["renewal", "starbuck"],
    ["renewal-of-an-intermediate", "adama"],
  ])("%s: nothing else", (name, stack) => {
    expect(onlyRenews(of(name, stack))).toBe(true);
  });

  it.each(["upgrade", "drift", "removal"])("are not what %s is", (name) => {
    expect(onlyRenews(of(name))).toBe(false);
  });

  it("may not hide another change of the same workload", () => {
    const events = recorded("renewal").map((event) => JSON.stringify(event));
    const place = /("new":\{"parent":"[^"]*Workload::prometheus","inputs":\{)(?="found")/;
    const other = events.map((line) => line.replace(place, '$1"files":{"web.yml":"other"},'));
    const changed = other.flatMap((line) => parseEvent(line) ?? []);
    expect(other.join()).not.toBe(events.join());
    expect(onlyRenews(summaryOf("starbuck", { status: 0, events: changed, said: "" }))).toBe(false);
  });

  it("are not what nothing is", () => {
    expect(changesNothing(of("nothing"))).toBe(true);
    expect(onlyRenews(of("nothing"))).toBe(false);
  });
});

describe("a preview that cannot be applied", () => {
  it("failed before it began: Pulumi's own words", () => {
    const summary = summaryOf("starbuck", { status: 255, events: [], said: "incorrect passphrase\n" });
    expect(isRefused(summary)).toBe(true);
    expect(summaryText(summary)).toBe(
      "starbuck: the preview failed, nothing can be applied\n\nThe preview failed:\n  incorrect passphrase",
    );
  });

  it("failed for a stack that was never made: and how to make it", () => {
    const summary = summaryOf("starbuck", { status: 255, events: [], said: "no stack named 'starbuck' found\n" });
    expect(summaryText(summary)).toContain(
      "no stack named 'starbuck' found\n  If it was never made: npx pulumi stack init starbuck",
    );
  });

  it("is refused by a policy, and says which and why", () => {
    const finding = { policy: "limits", message: "grafana has no limit for memory.", refused: true };
    const summary = summaryOf("starbuck", { status: 0, events: recorded("upgrade"), said: "" }, { findings: [finding] });
    expect(isRefused(summary)).toBe(true);
    expect(summaryText(summary)).toContain("Refused:\n  limits: grafana has no limit for memory.");
    expect(summaryMarkdown(summary)).toContain("**Refused by the policies**\n- limits: grafana has no limit for memory.");
  });
});

describe("a comment", () => {
  it("stays within what GitHub takes, with the decisive on top, and says what it leaves out", () => {
    const summary = of("upgrade");
    const [workload] = summary.workloads;
    if (!workload) throw new Error("The recording has no workload.");
    const long = { name: "rules.yml", lines: Array.from({ length: 4000 }, (_, line) => `+ rule ${line}`) };
    const text = summaryMarkdown({ ...summary, workloads: [{ ...workload, details: [long, long] }] });
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text).toContain(`| ${workload.name} |`);
    expect(text).toContain("1 more part is left out here: npm run preview -- --stack starbuck");
  });

  it("cannot be broken out of by what it shows", () => {
    const summary = { ...of("upgrade"), warnings: ["</details> | @everyone\n# big"] };
    expect(summaryMarkdown(summary)).toContain("- &lt;/details> \\| @&#8203;everyone # big");
    const [workload] = summary.workloads;
    const tricky = workload && { ...workload, details: [{ name: "x", lines: ["+ ```", "+ text"] }] };
    expect(summaryMarkdown({ ...summary, workloads: tricky ? [tricky] : [] })).toContain("````diff\n+ ```\n+ text\n````");
  });
});
