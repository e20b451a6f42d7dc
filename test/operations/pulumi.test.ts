import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { readLab } from "../../config/files.ts";
import { planLab } from "../../lab/plan.ts";
import { historyOf } from "../../operations/history/state.ts";
import { planWarnings } from "../../operations/plan-hashes.ts";
import { previewStack } from "../../operations/preview.ts";
import { hereProject, type Project, pulumiOutput, runEngine } from "../../operations/pulumi.ts";
import { copyWarnings } from "../../operations/state-copy.ts";
import { firstLabFolder } from "../support/first-lab.ts";

const folder = mkdtempSync(join(tmpdir(), "homelab-pulumi-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A project whose Pulumi is a shell script. */
function played(script: string): Project {
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "pulumi"), 0o755);
  return { folder, env: { PATH: `${folder}:${process.env.PATH}` } };
}

const line = (event: object) => `echo '${JSON.stringify(event)}'`;

describe("a run of the engine", () => {
  it("gives its events as they come, without the debugging in which keys stand in clear", async () => {
    const debug = line({ diagnosticEvent: { severity: "debug", message: "BEGIN PRIVATE KEY" } });
    const warning = line({ diagnosticEvent: { severity: "warning", message: "careful" } });
    const heard: unknown[] = [];
    const run = await runEngine(played(`${debug}; ${warning}`), ["preview"], (event) => heard.push(event));
    expect(run).toEqual({ status: 0, events: heard, said: "" });
    expect(JSON.stringify(heard)).toBe('[{"diagnosticEvent":{"severity":"warning","message":"careful"}}]');
  });

  it("says why it did not begin, and takes a line that was cut off for none", async () => {
    const run = await runEngine(played(`echo '{"resourcePre'; echo 'noise' >&2; echo 'error: no stack selected' >&2; exit 255`), [
      "up",
    ]);
    expect(run).toEqual({ status: 255, events: [], said: "no stack selected" });
  });

  it("outlives a Ctrl-C, and a preview that had one is followed by no other", async () => {
    const event = line({ diagnosticEvent: { severity: "warning", message: "careful" } });
    const interrupt = () => process.emit("SIGINT");
    const run = await runEngine(played(`${event}; sleep 0.2; exit 255`), ["up"], interrupt);
    expect(run).toMatchObject({ status: 255, interrupted: true });
    expect(await runEngine(played("exit 255"), ["up"])).toEqual({ status: 255, events: [], said: "" });
    setTimeout(() => {
      interrupt();
      writeFileSync(join(folder, "interrupted"), "");
    }, 100);
    const waits = `until [ -e ${folder}/interrupted ]; do sleep 0.05; done; exit 255`;
    await expect(previewStack(played(waits), "adama")).rejects.toThrow("The preview of adama was interrupted");
  });

  it("says how to be run where there is no Pulumi", async () => {
    const run = await runEngine({ folder, env: { PATH: "/nowhere" } }, ["preview"]);
    expect(run.status).toBe(127);
    expect(run.said).toContain("Run this with `npm run`.");
  });
});

describe("a command of Pulumi", () => {
  it("that fails is an error in its own words", async () => {
    await expect(pulumiOutput(played("echo 'error: the stack is locked' >&2; exit 1"), ["stack", "export"])).rejects.toThrow(
      "`pulumi stack export` failed:\nthe stack is locked",
    );
  });

  it("asks for a whole history, and for no secret", async () => {
    const project = played(`echo "$@" > ${folder}/asked; echo '[]'`);
    expect(await historyOf(project, "adama")).toEqual([]);
    expect(await pulumiOutput(played(`cat ${folder}/asked`), [])).toBe(
      "stack history --json --page-size 0 --stack adama --non-interactive --color never\n",
    );
  });
});

it("Pulumi itself is fetched once, before it is asked: what its installer prints is no answer", async () => {
  const installer = `[ -e ${folder}/there ] || { echo >> ${folder}/fetches; sleep 0.2; touch ${folder}/there; echo "=== Installing Pulumi ==="; }`;
  const { env } = played(`${installer}; echo '[]'`);
  const project = { folder, env: { ...env, PULUMI_HOME: join(folder, "home") } };
  const [run, history] = await Promise.all([runEngine(project, ["preview"]), historyOf(project, "adama")]);
  expect(run.said).toBe("");
  expect(history).toEqual([]);
  expect(readFileSync(join(folder, "fetches"), "utf8")).toBe("\n");
});

it("a file with the passphrase that is named from the project's folder is found from that of a rollback, too", () => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE_FILE", ".passphrase");
  expect(hereProject().env.PULUMI_CONFIG_PASSPHRASE_FILE).toBe(join(process.cwd(), ".passphrase"));
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE_FILE", undefined);
  expect(hereProject()).toEqual({ folder: process.cwd(), env: process.env });
  vi.unstubAllEnvs();
});

describe("of the stacks that a command leaves out", () => {
  const { hash } = planLab(readLab(firstLabFolder).lab);
  const asked = "stack output planHash --stack starbuck --non-interactive --color never";
  const warnings = (output: string, stacks: readonly string[]) =>
    planWarnings({ ...played(`[ "$*" = "${asked}" ] && ${output}`), folder: firstLabFolder }, stacks);

  it.each([
    ["one that was applied from this plan", `echo ${hash}`, []],
    ["one that was applied from another", "echo 0123", [expect.stringMatching(/^"starbuck" was last applied from another plan/)]],
    ["one that was never applied", "exit 255", []],
  ])("%s", async (_, output, expected) => {
    expect(await warnings(output, ["adama"])).toEqual(expected);
    expect(await warnings(output, ["adama", "starbuck"])).toEqual([]);
  });
});

describe("the copy of the state", () => {
  const warnings = (history: string, tag: string) =>
    copyWarnings(played(`case "$2" in history) ${history};; tag) ${tag};; esac`), "adama");
  const history = `echo '[{"startTime": "2026-11-25T18:00:00.000Z"}]'`;

  it.each([
    ["as new as the last version", history, "echo 2026-11-25T18:00:00.000Z", []],
    [
      "older",
      history,
      "echo 2026-11-20T18:00:00.000Z",
      ["The copy of Pulumi's state on the hosts is older than the last version: npm run deploy -- adama makes one."],
    ],
    ["none", history, "exit 1", ["There is no copy of Pulumi's state on the hosts yet: npm run deploy -- adama makes one."]],
    ["of a stack that was never applied", "echo '[]'", "exit 1", []],
    ["of a backend that does not answer: the preview itself says that", "exit 1", "exit 1", []],
  ])("%s", async (_, asked, tag, expected) => {
    expect(await warnings(asked, tag)).toEqual(expected);
  });
});
