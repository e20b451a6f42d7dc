/** The programs that the rehearsal takes from the distribution. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { run } from "../../operations/shell.ts";
import { step } from "../say.mjs";
import { cgroupsV1 } from "./machine.ts";

interface Need {
  /** Debian package. */
  readonly package: string;
  /** A command on PATH, or absolute paths of which one has to be there. */
  readonly provides: string | readonly string[];
}

const needs: readonly Need[] = [
  { package: "podman", provides: "podman" },
  { package: "netavark", provides: ["/usr/lib/podman/netavark", "/usr/libexec/podman/netavark"] },
  { package: "iptables", provides: "iptables" },
  // crun fails on hybrid cgroups (cgroup v1); everywhere else podman's own choice is right.
  ...(cgroupsV1() ? [{ package: "runc", provides: "runc" }] : []),
  { package: "mmdebstrap", provides: "mmdebstrap" },
  { package: "debian-archive-keyring", provides: ["/usr/share/keyrings/debian-archive-keyring.gpg"] },
  { package: "openssh-client", provides: "ssh" },
  { package: "git", provides: "git" },
  { package: "iproute2", provides: "ip" },
  { package: "ca-certificates", provides: ["/etc/ssl/certs/ca-certificates.crt"] },
];

/** Installs what is missing. Throws with the command to run where this may not be done from here. */
export async function ensurePackages(): Promise<void> {
  const missing = needs.filter((need) => !present(need)).map((need) => need.package);
  await installPackages(missing);
}

/** Installs Debian packages by name; none is no work. */
export async function installPackages(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${names.join(" ")}`;
  if (process.getuid?.() !== 0 || !isExecutable("apt-get")) {
    throw new Error(`The rehearsal needs programs that are missing here. Install them as root and try again:\n  ${byHand}`);
  }
  await step(`Installing Debian packages: ${names.join(", ")}`, 30, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env });
    await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...names], { env });
  });
}

/** Whether a command is on PATH or where the system's own are. */
export function isExecutable(command: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => isExecutableFile(join(folder, command)));
}

function present({ provides }: Need): boolean {
  return typeof provides === "string" ? isExecutable(provides) : provides.some(isReadable);
}

function isExecutableFile(path: string): boolean {
  return isReadable(path, constants.X_OK);
}

function isReadable(path: string, mode: number = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
