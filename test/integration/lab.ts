import type { Result } from "../../operations/shell.ts";
import type { Lab } from "../../rehearsal/simulation/lab.ts";
import { sharedLab } from "../support/lab.ts";
import { giveCheapKey } from "../support/restic-key.ts";

/** How long bringing the whole lab up may take on a slow machine with nothing cached, in milliseconds. */
export const UP_TIMEOUT = 20 * 60_000;

/** How long one test with a few updates may take, in milliseconds. */
export const TEST_TIMEOUT = 5 * 60_000;

/** The lab of the tests, up and as the repository declares it. Whatever a test before did to it, this puts it right. */
export async function appliedLab(): Promise<Lab> {
  const lab = await sharedLab();
  for (const { name } of lab.instance.hosts) {
    // What a test made fail is held, and previews say so to whoever comes next.
    await lab.on(name, "for path in /var/lib/homelab/held/*.json; do homelab release $(basename $path .json) || true; done");
    await lab.up(name, "--refresh");
    await giveCheapKey((command, stdin) => lab.on(name, command, stdin));
  }
  return lab;
}

/** Runs `up` and expects it to fail; what it printed. */
export async function failedUp(lab: Lab, stack: string, ...args: string[]): Promise<string> {
  const result = await lab.pulumi(["up", "--yes", "--skip-preview", "--stack", stack, ...args]);
  if (result.status === 0) throw new Error(`pulumi up --stack ${stack} was expected to fail, and did not:\n${result.stdout}`);
  return said(result);
}

/** Runs a preview, whatever comes of it; what it printed. */
export async function preview(lab: Lab, stack: string, ...args: string[]): Promise<string> {
  return said(await lab.pulumi(["preview", "--diff", "--stack", stack, ...args]));
}

/** The id of a running container; it changes with every restart. */
export function containerId(lab: Lab, host: string, name: string): Promise<string> {
  return lab.on(host, `podman inspect --format '{{.Id}}' ${name} 2>/dev/null`);
}

/** Fails unless every workload of the lab answers. */
export async function expectHealthy(lab: Lab): Promise<void> {
  for (const { name } of lab.instance.hosts) await lab.on(name, "/usr/local/lib/homelab/homelab health --all");
}

function said({ stdout, stderr }: Result): string {
  return `${stdout}\n${stderr}`;
}
