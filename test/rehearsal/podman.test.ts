/** The settings of the rehearsal's own podman. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { run } from "../../operations/shell.ts";

const module = join(import.meta.dirname, "../../rehearsal/toolchain/podman.ts");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "homelab-podman-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is written for a podman of that version. */
async function settingsFor(version: string): Promise<string> {
  writeFileSync(join(folder, "podman"), `#!/bin/sh\necho podman version ${version}\n`, { mode: 0o755 });
  const program = `import { podmanEnvironment } from ${JSON.stringify(module)}; podmanEnvironment();`;
  const env = { ...process.env, HOMELAB_CACHE_DIR: join(folder, "cache"), PATH: [folder, process.env.PATH].join(delimiter) };
  await run(process.execPath, ["--input-type=module", "--eval", program], { env });
  return readFileSync(join(folder, "cache/podman/containers.conf"), "utf8");
}

it("keep a podman with nftables to iptables, beside Docker's and without `nft`", async () => {
  expect(await settingsFor("5.4.2")).toContain('firewall_driver = "iptables"\n');
});

it("have nothing of it for an older one, which would warn in each run", async () => {
  expect(await settingsFor("4.3.1")).not.toContain("firewall_driver");
});
