import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** Loads what Node loads before the program, as a Node of that version would. */
function start(version: string) {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "${version}" }); require("./config/runtime.cjs"); console.log("program runs");`;
  return spawnSync(process.execPath, ["-e", pretend], { encoding: "utf8" });
}

it("refuses a Node that is too old, and says which one it needs", () => {
  const { status, stdout, stderr } = start("20.20.2");
  expect(status).toBe(1);
  expect(stderr).toBe("The lab's program needs Node 24 or newer; this is Node 20.20.2. Install one and try again.\n");
  expect(stdout).toBe("");
});

it.each(["24.0.0", "26.10.0"])("lets Node %s run the program", (version) => {
  expect(start(version)).toMatchObject({ status: 0, stdout: "program runs\n" });
});
