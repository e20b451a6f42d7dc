import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type { Project } from "../../operations/pulumi.ts";

/**
 * A new folder with a project of two hosts, whose primary stack is not the first by name. Who asks for it removes it.
 * @param placement YAML of the value of `homelab:placement`
 */
export function projectFolder(placement: string): string {
  const folder = mkdtempSync(join(tmpdir(), "homelab-operations-"));
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    `name: homelab
main: index.ts
config:
  homelab:domain: lab.home.arpa
  homelab:primary: starbuck
  homelab:hosts:
    value:
      adama: { address: 192.0.2.11, memory: 4GiB, cpus: 4, disk: 64GiB, containerSubnet: 10.98.0.0/20 }
      starbuck: { address: 192.0.2.12, memory: 8GiB, cpus: 4, disk: 64GiB, containerSubnet: 10.98.16.0/20 }
  homelab:placement:
    value: ${placement}
`,
  );
  return folder;
}

/** The project in a folder, with a shell script as its Pulumi. */
export function withPulumi(folder: string, script: string): Project {
  const pulumi = join(folder, "pulumi");
  writeFileSync(pulumi, `#!/bin/sh\n${script}\n`);
  chmodSync(pulumi, 0o755);
  return { folder, env: { PATH: `${folder}:${process.env.PATH}` } };
}

/** Events as the engine writes them down. */
export function eventLines(events: readonly object[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** Keeps what is printed from the terminal, until `vi.restoreAllMocks()`; what it was, so far. */
export function listen(): () => string {
  let said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
  return () => said;
}
