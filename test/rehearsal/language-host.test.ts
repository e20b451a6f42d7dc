import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missing, Project } from "./language-host/project.ts";

const lacks = missing();
const because = lacks === undefined ? "" : ` (skipped: ${lacks})`;
const up = ["up", "--yes", "--skip-preview"];

describe.skipIf(lacks !== undefined)(`language host${because}`, { timeout: 600_000 }, () => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create();
    await project.stack("s", { text: "hello", password: "hunter2" });
  }, 600_000);
  afterAll(() => project.remove());

  const preview = (mode = "") => project.run(["preview", "--stack", "s"], { MODE: mode });

  test("a preview runs the program dry, with the hooks that ask for it", async () => {
    const ran = await preview();
    expect(ran, ran.output).toMatchObject({ exit: 0 });
    expect(ran.output).toContain("on stdout, dry run: true");
    expect(ran.output).toContain("on stderr");
    expect(ran.output).toContain("hook: first comes");
    expect(ran.output).not.toContain("was created as");
  });

  test("an update creates a dynamic resource, runs hooks on its outputs and keeps secrets", async () => {
    const ran = await project.run([...up, "--stack", "s"]);
    expect(ran, ran.output).toMatchObject({ exit: 0 });
    expect(ran.output).toContain("on stdout, dry run: false");
    expect(ran.output).toContain("hook: first was created as HELLO");
    expect(ran.output).not.toContain("hunter2");
    expect(await project.outputs("s")).toEqual({ loud: "HELLO", password: "[secret]", heard: "nobody" });
    expect(await project.outputs("s", "--show-secrets")).toMatchObject({ password: "hunter2" });
  });

  test("previews of what is there propose nothing, again and again", async () => {
    for (const _ of [1, 2]) {
      const ran = await project.run(["preview", "--stack", "s", "--expect-no-changes"]);
      expect(ran, ran.output).toMatchObject({ exit: 0 });
    }
  });

  test("a stack reads the outputs of another", async () => {
    await project.stack("t", { text: "bye", other: "organization/language-host/s" });
    const ran = await project.run([...up, "--stack", "t"]);
    expect(ran, ran.output).toMatchObject({ exit: 0 });
    expect(await project.outputs("t")).toMatchObject({ loud: "BYE", heard: "HELLO" });
  });

  test("a program that throws fails with its message and where it was thrown, once", async () => {
    const ran = await preview("throws");
    expect(ran.exit).not.toBe(0);
    expect(ran.output.match(/Error: this program is broken/g), ran.output).toHaveLength(1);
    expect(ran.output).toMatch(/index\.ts:\d+:\d+/);
    expect(ran.output).not.toContain("exit code");
  });

  test("a RunError is its message alone", async () => {
    const ran = await preview("run-error");
    expect(ran.exit).not.toBe(0);
    expect(ran.output).toContain("error: this is all there is to say");
    expect(ran.output).not.toMatch(/^\s+at /m);
  });

  test("a program that exits on its own fails with its exit code", async () => {
    const ran = await preview("exits");
    expect(ran.exit).not.toBe(0);
    expect(ran.output).toMatch(/exit code:? 3/);
  });

  test("a policy pack learns its stack, lets pass and stops", async () => {
    const args = ["preview", "--stack", "s", "--policy-pack", join(project.folder, "pack")];
    const passed = await project.run(args, { FORBIDDEN: "goodbye" });
    expect(passed, passed.output).toMatchObject({ exit: 0 });
    expect(passed.output).toContain("pack for s, text hello");
    const stopped = await project.run(args, { FORBIDDEN: "hello" });
    expect(stopped.exit).not.toBe(0);
    expect(stopped.output).toContain("nobody may say hello");
  });

  test("a policy pack that writes something before its port is refused, and nothing passes", async () => {
    const ran = await project.run(["preview", "--stack", "s", "--policy-pack", join(project.folder, "pack")], { MODE: "early" });
    expect(ran.exit).not.toBe(0);
    expect(ran.output).toMatch(/error: .*policy pack .*port/);
  });

  test("one interrupt ends the program; what has begun is finished and recorded, and nothing else begins", async () => {
    await project.stack("u", { text: "slowly", slow: "5" });
    const { child, ran, saw } = project.start([...up, "--stack", "u"], { MODE: "two" });
    await saw("hook: first comes");
    child.kill("SIGINT");
    const { exit, output } = await ran;
    expect(exit).not.toBe(0);
    // Nobody is there any more to run it.
    expect(output).toContain('after hook "created" failed');
    expect(output).not.toContain("hook: first was created");
    const resources = await project.resources("u");
    expect(resources).toContain("first");
    expect(resources).not.toContain("second");
  });
});
