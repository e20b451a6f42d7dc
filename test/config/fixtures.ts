import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { DIGEST, HOST_KEY } from "../lab/fixtures.ts";

/** A valid configuration as Pulumi hands it over, made anew for each caller to spoil. */
export function rawConfig() {
  const host = { memory: "4GiB", cpus: 4, disk: "64GiB" };
  return {
    domain: "lab.home.arpa",
    primary: "adama",
    hosts: {
      adama: { ...host, address: "192.168.1.20", containerSubnet: "10.98.0.0/20" },
      starbuck: { ...host, address: "192.168.1.21", containerSubnet: "10.98.16.0/20", memory: "8GiB", disk: "256GiB" },
    },
    placement: { mosquitto: ["adama"], nginx: ["adama"] },
    backup: { copies: { adama: [] } },
    hostKey: HOST_KEY,
    images: {
      mosquitto: `docker.io/library/eclipse-mosquitto:2.1.2-alpine@${DIGEST}`,
      nginx: `docker.io/library/nginx:1.30@${DIGEST}`,
      restic: `docker.io/restic/restic:0.19.1@${DIGEST}`,
    },
    limits: { nginx: { memory: "128MiB", cpus: 0.75 } },
  };
}

/** A folder with files, removed after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "homelab-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** A file of the project itself. */
export function projectFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}
