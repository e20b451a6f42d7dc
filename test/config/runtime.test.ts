import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** Loads what Node loads before the program, as a Node of that version would. */
function start(version: string, file = "./config/runtime.cjs") {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "${version}" }); require("${file}"); console.log("program runs");`;
  return spawnSync(process.execPath, ["-e", pretend], { encoding: "utf8" });
}

/** What a program prints that Node runs as the lab's. */
function run(program: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--require", "./config/runtime.cjs", "-e", program], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim();
}

it("refuses a Node that is too old, and says which one it needs", () => {
  const { status, stdout, stderr } = start("20.20.2");
  expect(status).toBe(1);
  expect(stderr).toBe("The lab's program needs Node 24 or newer; this is Node 20.20.2. Install one and try again.\n");
  expect(stdout).toBe("");
});

it("is loaded by the pack of policies itself: Pulumi's language host does not hand `nodeargs` to a pack's Node", () => {
  expect(start("20.20.2", "./policy/index.cjs")).toMatchObject({ status: 1, stdout: "" });
  expect(start("24.0.0", "./policy/index.cjs")).toMatchObject({ status: 0, stdout: "program runs\n" });
});

it.each(["24.0.0", "26.10.0"])("lets Node %s run the program", (version) => {
  expect(start(version)).toMatchObject({ status: 0, stdout: "program runs\n" });
});

it("loads of the SDK, for a program and for the process of providers, nothing that the lab does not use", () => {
  const loaded = run(`
    require("@pulumi/pulumi");
    require("@pulumi/pulumi/cmd/run/tracing");
    const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
    const unused = /node_modules\\/(typescript|@npmcli|@opentelemetry\\/sdk-|@pulumi\\/pulumi\\/automation)/;
    console.log(Object.keys(require.cache).filter((file) => unused.test(file)));
    console.log(debuggablePromise(Promise.resolve(), "of the lab")._debugStackTrace, new Error().stack.split("\\n").length > 1);
    require("@pulumi/pulumi/runtime/closure/v8Hooks").isInitializedAsync().then(() => {
      console.log(process.moduleLoadList.includes("NativeModule inspector"));
    });
  `);
  expect(loaded.split("\n")).toEqual(["[]", "undefined true", "false"]);
});

it("leaves the SDK able to do what it is asked for all the same", () => {
  const asked = run(`
    const pulumi = require("@pulumi/pulumi");
    const tracing = require("@pulumi/pulumi/cmd/run/tracing");
    const answer = 42;
    pulumi.runtime.serializeFunction(() => answer).then(({ text }) => {
      console.log(text.includes("answer = 42") || text.includes("answer: 42"));
      console.log(typeof pulumi.automation.LocalWorkspace.createStack);
      tracing.start("http://127.0.0.1:9/spans");
      console.log(/^(?!0+$)[0-9a-f]{32}$/.test(tracing.newSpan("test").spanContext().traceId));
      process.exit();
    });
  `);
  expect(asked.split("\n")).toEqual(["true", "function", "true"]);
});
