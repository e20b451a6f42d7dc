import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
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

it("whatever else the engine says, its address is what the SDK logs to", () => {
  const folder = mkdtempSync(join(tmpdir(), "homelab-process-"));
  writeFileSync(join(folder, "node"), '#!/bin/sh\necho "$PULUMI_NODEJS_ENGINE"\n', { mode: 0o755 });
  const path = [folder, process.env.PATH].join(delimiter);
  const said = execFileSync(script, ["--logtostderr", "-v=9", "127.0.0.1:1"], { env: { ...env, PATH: path }, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(said).toBe("127.0.0.1:1\n");
});
