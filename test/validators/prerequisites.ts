/** What the tests of this folder need of the machine. */
import { existsSync } from "node:fs";
import { isExecutable } from "../../rehearsal/toolchain/packages.ts";

/** What is missing to run containers here, for people; undefined when all is there. With CI=true it throws that instead. */
export function missing(): string | undefined {
  const lacks = findMissing();
  if (lacks !== undefined && process.env.CI === "true") throw new Error(lacks);
  return lacks;
}

function findMissing(): string | undefined {
  if (process.platform !== "linux") return "containers need Linux";
  if (process.getuid?.() !== 0) return "containers with systemd need root";
  const programs = ["podman", "mmdebstrap", "openssl"].filter((program) => !isExecutable(program));
  if (programs.length > 0) return `not installed: ${programs.join(", ")}. \`npm run rehearse\` installs what it needs`;
  // netavark and others come with it; podman without them fails with texts that name neither.
  if (!existsSync("/usr/lib/podman/netavark") && !existsSync("/usr/libexec/podman/netavark")) return "netavark is not installed";
  return undefined;
}

/** The title of tests, with the reason why they are left out. */
export function titled(title: string, lacks: string | undefined): string {
  return lacks === undefined ? title : `${title} (${lacks})`;
}
