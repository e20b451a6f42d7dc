import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Job {
  readonly environment?: string;
  readonly needs?: string;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly "runs-on": string;
  readonly strategy?: unknown;
  readonly if?: string;
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly env?: Readonly<Record<string, string>> }[];
}

const expression = (text: string) => `\${{ ${text} }}`;
const folder = ".github/workflows";
const files = readdirSync(folder);
const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
const jobs = [...texts].flatMap(([file, text]) =>
  Object.entries<Job>(parse(text).jobs).map(([name, job]) => ({ file, name, job, text: JSON.stringify(job) })),
);
const job = (file: string, name: string) => {
  const found = jobs.find((one) => one.file === file && one.name === name);
  if (!found) throw new Error(`There is no job ${name} in ${file}`);
  return found;
};

describe("the workflows", () => {
  it("are those that docs/ci.md tells of", () => {
    expect(files.sort()).toEqual(["check.yml", "deploy.yml", "drift.yml", "preview.yml", "renew.yml"]);
  });

  it("pin every action by its hash, and say its version", () => {
    const uses = [...texts.values()].flatMap((text) => [...text.matchAll(/uses: (.*)/g)].map(([, what = ""]) => what));
    expect(uses.length).toBeGreaterThan(10);
    expect(uses.filter((what) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(what))).toEqual([]);
    // One version of each everywhere.
    const versions = new Set(uses);
    expect(versions.size).toBe(new Set(uses.map((what) => what.split("@")[0])).size);
  });

  it("install no package's own scripts", () => {
    const installs = [...texts.values()].flatMap((text) => text.match(/npm (ci|install|i)\b.*/g) ?? []);
    expect(new Set(installs)).toEqual(new Set(["npm ci --ignore-scripts"]));
  });

  it("open secrets only in jobs with an environment, and none to a fork", () => {
    const withSecrets = jobs.filter(({ text }) => text.includes("secrets."));
    expect(withSecrets.map(({ file, name }) => `${file} ${name}`).sort()).toEqual([
      "deploy.yml deploy",
      "drift.yml drift",
      "preview.yml preview",
      "renew.yml renew",
    ]);
    expect(withSecrets.every(({ job }) => job.environment !== undefined)).toBe(true);
    const fork = job("preview.yml", "fork");
    expect(fork.job.if).toContain("github.event_name == 'pull_request' &&");
    expect(fork.job["runs-on"]).toBe("ubuntu-latest");
    expect(job("preview.yml", "triage").job.if).toContain("head.repo.full_name == github.repository");
  });

  it("have environments that main alone may use, as docs/ci.md says, and run for it whenever they open one", () => {
    const used = new Set(jobs.flatMap(({ job: { environment } }) => environment ?? []));
    used.delete(expression("needs.triage.outputs.environment"));
    const rows = [...readFileSync("docs/ci.md", "utf8").matchAll(/^\| `([\w-]+)` \| [^|]+ \| main \| [^|]+ \|$/gm)].map(
      ([, name = ""]) => name,
    );
    expect(rows).toEqual(["preview", "preview-approved", "deploy", "renew"]);
    expect([...used].filter((name) => !rows.includes(name))).toEqual([]);
    // For `pull_request` that would be the pull request's own ref. Fork and triage tell the two apart, and a preview waits for triage.
    const onMain = ["pull_request_target", "schedule", "workflow_dispatch"];
    const others = [...new Set(jobs.filter(({ job }) => job.environment).map(({ file }) => file))].flatMap((file) => {
      const events = Object.entries<{ readonly branches?: unknown } | null>(parse(texts.get(file) ?? "").on);
      const elsewhere = events.filter(
        ([name, event]) => !onMain.includes(name) && !(name === "push" && isDeepStrictEqual(event?.branches, ["main"])),
      );
      return elsewhere.map(([name]) => `${file} ${name}`);
    });
    expect(others).toEqual(["preview.yml pull_request"]);
    expect(job("preview.yml", "preview").job.needs).toBe("triage");
    expect(job("preview.yml", "triage").job.if).toContain("github.event_name == 'pull_request_target' &&");
  });

  it("leave a fork to hosted runners, and docs/ci.md says that a fork's own workflows may not", () => {
    const strangers = jobs.filter(({ file, name }) => file === "check.yml" || (file === "preview.yml" && name === "fork"));
    expect(new Set(strangers.map(({ job }) => job["runs-on"]))).toEqual(new Set(["ubuntu-latest"]));
    expect(readFileSync("docs/ci.md", "utf8").replaceAll("\n", " ")).toContain("Require approval for all external contributors");
  });

  it("compare a pull request with main as it is, and not with what it calls its base, main of the day when it was opened", () => {
    expect([...texts.values()].filter((text) => text.includes("pull_request.base.sha"))).toEqual([]);
    const base = (name: string) => job("preview.yml", name).text.match(/(?<="(?:ref|BASE)":")[^"]+/g);
    expect(base("triage")).toEqual([expression("github.sha")]);
    expect(base("preview")).toEqual([expression("github.event.pull_request.head.sha"), expression("github.sha")]);
  });

  it("put no expression into a shell's line", () => {
    const runs = jobs.flatMap(({ job }) => job.steps.map(({ run }) => run ?? ""));
    expect(runs.filter((run) => run.includes("${{"))).toEqual([]);
  });

  it("let one deploy at a time touch a stack, and cut off nothing that holds its lock", () => {
    const group = (file: string, name: string) => job(file, name).job.concurrency;
    expect(group("deploy.yml", "deploy")).toEqual({ group: "deploy", "cancel-in-progress": false });
    expect(group("renew.yml", "renew")).toEqual({ group: "renew", "cancel-in-progress": false });
    expect(group("preview.yml", "preview")).toEqual({
      group: `preview-${expression("matrix.stack")}-${expression("github.event.pull_request.number")}`,
      "cancel-in-progress": true,
    });
  });

  it("never wait in another one's group: GitHub keeps only the last that waits, and a deploy would be lost", () => {
    const groups = [...texts].flatMap(([file, text]) =>
      [...text.matchAll(/^ *group: ([\w-]+)/gm)].map(([, group]) => ({ file, group })),
    );
    expect(groups.length).toBeGreaterThanOrEqual(5);
    const shared = groups.filter(({ file, group }) => groups.some((one) => one.group === group && one.file !== file));
    expect(shared).toEqual([]);
  });

  it("read with one ssh key, and change with another", () => {
    const keys = jobs.flatMap(({ name, job }) =>
      job.steps.flatMap(({ env }) => (env?.HOMELAB_SSH_KEY ? [`${name} ${env.HOMELAB_SSH_KEY}`] : [])),
    );
    expect(keys.sort()).toEqual([
      `deploy ${expression("secrets.HOMELAB_DEPLOY_SSH_KEY")}`,
      `drift ${expression("secrets.HOMELAB_PREVIEW_SSH_KEY")}`,
      `preview ${expression("secrets.HOMELAB_PREVIEW_SSH_KEY")}`,
      `renew ${expression("secrets.HOMELAB_DEPLOY_SSH_KEY")}`,
    ]);
  });

  it("leave to the command which stack is not begun when another failed: a matrix cancels it for a held workload too", () => {
    expect(job("deploy.yml", "deploy").job.strategy).toBeUndefined();
    expect(job("renew.yml", "renew").job.strategy).toBeUndefined();
  });

  it("run what a person runs", () => {
    const runs = (file: string, name: string) => job(file, name).job.steps.map(({ run }) => run);
    expect(runs("deploy.yml", "deploy")).toContain("ci/with-ssh-key.sh npm run deploy -- --yes");
    expect(runs("renew.yml", "renew")).toContain("ci/with-ssh-key.sh npm run deploy -- --renew");
    expect(job("check.yml", "test").text).toContain("npm test");
  });
});
