import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { delimiter, dirname, resolve } from "node:path";
import { expect, it } from "vitest";

const script = resolve(import.meta.dirname, "../../providers/process/pulumi-resource-pulumi-nodejs");
const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };

it("the providers' process says its port first, wherever the engine starts it, and ends by the engine's signal", async () => {
  const process = spawn(script, ["127.0.0.1:1"], { cwd: tmpdir(), env, stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(process.stdout, "data");
  process.kill("SIGINT");
  expect(await once(process, "exit")).toEqual([null, "SIGINT"]);
  expect(String(said)).toMatch(/^\d+\n$/);
});
