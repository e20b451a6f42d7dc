import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { wireguardPrivateKey, wireguardPublicKey, wireguardSharedKey } from "../../lab/routers/keys.ts";
import { wireguardConfig, writePrivately } from "../../operations/wireguard.ts";
import { firstLabFiles } from "../support/first-lab.ts";

/*
 * With a small program in Pulumi's place, which has the state's outputs; that the real one has them so is seen in
 * test/components/routers.test.ts and test/integration/routers.test.ts.
 */

const KEY = wireguardPrivateKey("of the phone");
const NETWORK = {
  "wireguard-key.phone": KEY,
  "wireguard.phone": wireguardSharedKey("of both"),
  wireguardPublicKey: wireguardPublicKey(wireguardPrivateKey("of the router")),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "homelab-wireguard-"));
  for (const [name, text] of Object.entries(firstLabFiles())) writeFileSync(join(folder, name), text);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The project with a Pulumi that knows these secrets of the network. */
function project(network: Readonly<Record<string, string>> = NETWORK) {
  const answers = { output: JSON.stringify({ network }), config: "{}" };
  writeFileSync(
    join(folder, "pulumi"),
    `#!/bin/sh\ncase "$1 $2" in "stack output") echo '${answers.output}' ;; config*) echo '{}' ;; esac\n`,
  );
  chmodSync(join(folder, "pulumi"), 0o755);
  return { folder, env: { PATH: `${folder}${delimiter}${process.env.PATH}` } };
}

function edit(from: string, to: string): void {
  const file = join(folder, "Pulumi.yaml");
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`Pulumi.yaml has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

describe("npm run wireguard", () => {
  it("gives a peer of Pulumi.yaml what it needs to come in", async () => {
    const text = await wireguardConfig(project(), "phone");
    expect(text).toContain(`PrivateKey = ${KEY}\nAddress = 192.168.60.2/32`);
    expect(text).toContain(`PresharedKey = ${NETWORK["wireguard.phone"]}\nEndpoint = home.example.org:51820`);
  });

  it("says what to do where it cannot", async () => {
    await expect(wireguardConfig(project(), "tigh")).rejects.toThrow(
      "tigh is no peer in homelab:network.wireguard.peers. They are: phone",
    );
    await expect(wireguardConfig(project({}), "phone")).rejects.toThrow("not made yet. Run first: npx pulumi up --stack adama");
    edit("        endpoint: home.example.org\n", "");
    await expect(wireguardConfig(project(), "phone")).rejects.toThrow("homelab:network.wireguard.endpoint is missing");
  });

  it("leaves the key of a device that has its own to it", async () => {
    edit("phone: { address: 192.168.60.2 }", `phone: { address: 192.168.60.2, publicKey: ${wireguardPublicKey(KEY)} }`);
    expect(await wireguardConfig(project(), "phone")).not.toContain(KEY);
  });

  it("writes its keys to a terminal, or a file for its owner alone, and over nothing", () => {
    const file = join(folder, "phone.conf");
    writePrivately(file, "secret\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => writePrivately(file, "another\n")).toThrow("is there already");
    expect(readFileSync(file, "utf8")).toBe("secret\n");
    const run = (...args: readonly string[]) => {
      const { env } = project();
      const program = join(import.meta.dirname, "../../operations/wireguard.ts");
      return spawnSync(process.execPath, [program, ...args], { cwd: folder, env, encoding: "utf8" });
    };
    const piped = run("phone");
    expect([piped.status, piped.stdout, piped.stderr]).toEqual([1, "", expect.stringContaining("this is no terminal")]);
    const written = run("phone", "--file", "other.conf");
    expect([written.status, written.stdout]).toEqual([0, expect.stringContaining("other.conf is written")]);
    expect(written.stdout).not.toContain(KEY);
    expect(existsSync(join(folder, "other.conf"))).toBe(true);
  });
});
