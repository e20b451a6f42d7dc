import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RollbackOptions, rollBack } from "../../operations/rollback.ts";
import { type FakeSsh, fakeSsh } from "../providers/fake-ssh.ts";
import { eventLines, listen, projectFolder, withPulumi } from "./fake-pulumi.ts";

const WORKLOAD = "pulumi-nodejs:dynamic/homelab:Workload";
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const urn = (name: string) => `urn:pulumi:starbuck::homelab::homelab:components:Workload$${WORKLOAD}::${name}`;

const images = (letter: string) => ({
  nginx: `docker.io/library/nginx:1@${digest(letter)}`,
  alertmanager: `docker.io/prom/alertmanager:2@${digest(letter)}`,
  restic: `docker.io/restic/restic:0@${digest("f")}`,
});
const STACK = `config:
  homelab:hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH+kz2DLHJKZJAIGqil1NqiNbzB/W7rJJxOFPv7M9zUA
  homelab:images:
    nginx: ${images("b").nginx}
    alertmanager: ${images("b").alertmanager}
    restic: ${images("b").restic}
`;

/** What the fake Pulumi has: one version before the one that runs. */
const history = (placement: object = { nginx: ["starbuck"], alertmanager: ["starbuck"] }, commit = "", gone: object = {}) =>
  JSON.stringify(
    ["b", "a"].map((letter, ago) => ({
      kind: "update",
      result: "succeeded",
      startTime: "2026-11-20T10:00:00.000Z",
      environment: { "git.head": commit },
      config: {
        "homelab:placement": { objectValue: placement },
        "homelab:primary": { value: "starbuck" },
        "homelab:domain": { value: "lab.home.arpa" },
        "homelab:images": { objectValue: { ...images(letter), ...(ago > 0 ? gone : {}) } },
      },
    })),
  );
const state = JSON.stringify({
  deployment: {
    resources: ["nginx", "alertmanager"].map((name) => ({
      urn: urn(name),
      inputs: { image: `r/${name}@${digest("b")}`, version: "new" },
    })),
  },
});
const step = (name: string, op = "update") => ({
  op,
  urn: urn(name),
  old: { inputs: { image: "b", version: "new" }, outputs: {} },
  new: { inputs: { image: "a", version: "old" }, outputs: {} },
});
const preview = ["nginx", "alertmanager"].map((name) => ({ resourcePreEvent: { metadata: step(name) } }));
const done = (name: string) => ({ resOutputsEvent: { metadata: step(name) } });
const failed = (name: string) => ({ resOpFailedEvent: { metadata: step(name) } });

let folder = "";
let ssh: FakeSsh;
let said: () => string;
beforeEach(() => {
  folder = projectFolder("{ nginx: [starbuck], alertmanager: [starbuck] }");
  writeFileSync(join(folder, "Pulumi.starbuck.yaml"), STACK);
  said = listen();
});
afterEach(() => {
  vi.restoreAllMocks();
  ssh.remove();
  rmSync(folder, { recursive: true });
});

type Options = Partial<RollbackOptions> & { readonly host?: string; readonly shown?: readonly object[] };

/** Goes back to the first version, with a Pulumi and a host that are shell scripts. */
function back(
  update: readonly object[],
  status: number,
  { host = "exit 0", shown = [], ...options }: Options = {},
  versions = history(),
  first = "",
): Promise<boolean> {
  ssh = fakeSsh(host);
  const files = { history: versions, state, preview: eventLines([...preview, ...shown]), update: eventLines(update) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const script = `${first} cd ${folder}; case "$1 $2" in
whoami*) echo '{"url": "file:///nowhere"}';; "stack history") cat history;; "stack export") cat state;; preview*) cat preview;; up*) cat update; exit ${status};; esac`;
  return rollBack(withPulumi(folder, script), "starbuck", 1, { agrees: async () => true, ...options });
}

const stackFile = () => readFileSync(join(folder, "Pulumi.starbuck.yaml"), "utf8");
const holds = () => ssh.calls().map(({ args }) => / hold (\S+)/.exec(args)?.[1]);

describe("a rollback", () => {
  it("holds what was gone back from, and writes down what is declared now", async () => {
    expect(await back([done("nginx"), done("alertmanager")], 0)).toBe(true);
    expect(holds()).toEqual(["nginx", "alertmanager"]);
    expect(stackFile()).toBe(STACK.replaceAll(digest("b"), digest("a")));
    expect(said()).toContain('git commit -m "starbuck: back to version 1" Pulumi.starbuck.yaml');
  });

  it("of which a part failed is held and written down for what did go back, and says what did not", async () => {
    expect(await back([failed("nginx"), done("alertmanager")], 1)).toBe(false);
    expect(holds()).toEqual(["alertmanager"]);
    expect(stackFile()).toBe(STACK.replace(images("b").alertmanager, images("a").alertmanager));
    expect(said()).toContain("Written: Pulumi.starbuck.yaml.");
    expect(said()).toContain("Not gone back: nginx (failed).");
    expect(said()).toContain("npm run rollback -- starbuck --to 1\n");
  });

  it("of which nothing succeeded leaves all as it was", async () => {
    expect(await back([failed("nginx")], 1)).toBe(false);
    expect(holds()).toEqual([]);
    expect(stackFile()).toBe(STACK);
    expect(said()).toContain("Not gone back: alertmanager (not begun), nginx (failed).");
  });

  it("of one workload is not spoilt by what else failed", async () => {
    expect(await back([failed("nginx"), done("alertmanager")], 1, { only: "alertmanager" })).toBe(false);
    expect(said()).toContain("alertmanager went back. The rest: npm run deploy -- starbuck");
    expect(stackFile()).toBe(STACK.replace(images("b").alertmanager, images("a").alertmanager));
  });

  it("is written down although the host does not answer any more; what is not held is said with what to do", async () => {
    expect(await back([done("nginx"), done("alertmanager")], 0, { host: "[ $call = 1 ] && exit 255; exit 0" })).toBe(false);
    expect(holds()).toEqual(["nginx", "alertmanager"]);
    expect(stackFile()).toBe(STACK.replaceAll(digest("b"), digest("a")));
    expect(said()).toContain("nginx new is not held: a deploy from another checkout would bring it again.");
    expect(said()).toContain(
      `On starbuck: homelab hold nginx r/nginx@${digest("b")} new 'new was rolled back to version 1 of the stack.'`,
    );
  });

  it("names the other stacks that change by it, before it asks", async () => {
    expect(await back([], 0, { agrees: async () => false }, history({ nginx: ["starbuck"] }))).toBe(false);
    expect(said()).toContain("  placement.alertmanager: starbuck → (none)\n");
    expect(said()).toContain("adama changes by this too, at its next deploy");
    ssh.remove();
    said = listen();
    expect(await back([], 0, { agrees: async () => false })).toBe(false);
    expect(said()).not.toContain("adama");
  });

  describe("that brings a workload back which is gone by now", () => {
    const then = () =>
      history({ nginx: ["starbuck"], alertmanager: ["starbuck"], prometheus: ["starbuck"] }, "", {
        prometheus: `docker.io/prom/prometheus:3@${digest("a")}`,
      });
    const created = (inputs: object) => ({
      resourcePreEvent: {
        metadata: { op: "create", urn: urn("prometheus"), old: null, new: { inputs: { version: "3", ...inputs } } },
      },
    });
    const data = { backup: { paths: ["/var/lib/homelab/data/prometheus/data"] } };
    const snapshot = {
      ...{ id: "abcdef0123", time: "2026-11-21T10:00:00Z", workload: "prometheus", kind: "last", image: digest("a") },
      ...{ bytes: 5e6, place: "local" },
    };
    const host = (...snapshots: object[]) => `[ $call = 1 ] && echo '${JSON.stringify({ snapshots, silent: [] })}'; exit 0`;
    const see = () => `case "$1" in preview) cp Pulumi.starbuck.yaml ${folder}/seen;; esac;`;

    it("does it with the data of then", async () => {
      const options = { host: host(snapshot), shown: [created(data)], agrees: async () => false };
      expect(await back([], 0, options, then(), see())).toBe(false);
      expect(readFileSync(join(folder, "seen"), "utf8")).toContain("homelab:restore:\n    prometheus: abcdef0123");
      expect(said()).toContain("prometheus: 3 again, with its data of 2026-11-21 10:00 UTC");
    });

    it("does not do it on data that may be newer", async () => {
      const newer = { ...snapshot, image: digest("b") };
      await expect(back([], 0, { host: host(newer), shown: [created(data)] }, then())).rejects.toThrow(
        "  prometheus: no snapshot of what 3 wrote\nAn old version on newer data may refuse it, or damage it.",
      );
      ssh.remove();
      const options = { shown: [created(data)], keepData: true, agrees: async () => false };
      expect(await back([], 0, options, then())).toBe(false);
      expect(said()).toContain("prometheus: 3 again, on the data of today");
    });

    it("asks for no data where the preview says that it has none", async () => {
      const options = { host: host(), shown: [created({})], agrees: async () => false };
      expect(await back([], 0, options, then())).toBe(false);
      expect(said()).toContain("prometheus: 3 again, it has no data");
    });
  });

  it("with the code of then leaves out what that does not know, for its run and not for ever", async () => {
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=Laura", "-c", "user.email=laura@example.org", ...args], { cwd: folder });
    git("init", "--quiet");
    git("add", "Pulumi.yaml");
    git("commit", "--quiet", "-m", "old");
    const today = readFileSync(join(folder, "Pulumi.yaml"), "utf8").replace(
      "config:\n",
      "config:\n  homelab:previewKey: ssh-ed25519 NEW\n",
    );
    writeFileSync(join(folder, "Pulumi.yaml"), today);
    const versions = history(undefined, git("rev-parse", "HEAD").toString().trim());
    const seen = `cp Pulumi.yaml ${folder}/seen; echo "$@" >> ${folder}/asked;`;
    expect(await back([done("nginx"), done("alertmanager")], 0, { withCode: true }, versions, seen)).toBe(true);
    expect(readFileSync(join(folder, "seen"), "utf8")).not.toContain("previewKey");
    // Today's policies would judge by a plan that today's code makes of the settings of then. That code has none.
    expect(readFileSync(join(folder, "asked"), "utf8")).toMatch(/^up /m);
    expect(readFileSync(join(folder, "asked"), "utf8")).not.toContain("--policy-pack");
    expect(said()).not.toContain("Refused");
    expect(readFileSync(join(folder, "Pulumi.yaml"), "utf8")).toBe(today);
  });

  it("to a version that did not have a workload does not take it away, but says so", async () => {
    await expect(back([], 0, { only: "tempo" })).rejects.toThrow(
      "Version 1 of starbuck has no workload tempo: it has nginx, alertmanager, restic.",
    );
  });
});
