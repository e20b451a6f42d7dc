/** One simulated Pi without a network, for podman's generator, systemd and Python as they are on Raspberry Pi OS 13. */

import { CommandFailed, type Result, waitFor } from "../../operations/shell.ts";
import { ensureImage } from "../../rehearsal/simulation/images.ts";
import { cgroupsV1 } from "../../rehearsal/toolchain/machine.ts";
import { engineLimits, podman, toml, tryPodman } from "../../rehearsal/toolchain/podman.ts";

/** A Pi for a test file. */
export interface BarePi {
  /** Runs a shell command on it and returns what came of it. */
  readonly attempt: (command: string, input?: string) => Promise<Result>;
  /** Runs a shell command on it that has to succeed; returns its stdout. */
  readonly run: (command: string, input?: string) => Promise<string>;
  /** Writes files, by absolute path. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Starts one and waits until systemd is up. */
export async function startBarePi(): Promise<BarePi> {
  const image = await ensureImage("pi");
  const id = await podman([
    ...["run", "--detach", "--network", "none", "--hostname", "pi", "--privileged", "--systemd=always", "--cgroupns=private"],
    ...(cgroupsV1() ? ["--env", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"] : []),
    // Podman's store in the Pi needs a file system of its own: overlay on overlay does not work.
    ...["--volume", "/var/lib/containers"],
    image,
  ]);
  const attempt = (command: string, input = ""): Promise<Result> =>
    tryPodman(["exec", "--interactive", "--env", "PODMAN_IGNORE_CGROUPSV1_WARNING=1", id, "bash", "-c", command], { input });
  const run = async (command: string, input?: string): Promise<string> => {
    const result = await attempt(command, input);
    if (result.status !== 0) throw new CommandFailed("bash", ["-c", command], result);
    return result.stdout;
  };
  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    const unpack =
      "import json, os, sys\nfor path, text in json.load(sys.stdin).items():\n  os.makedirs(os.path.dirname(path), exist_ok=True)\n  open(path, 'w').write(text)";
    await run(`python3 -c "${unpack}"`, JSON.stringify(files));
  };
  const remove = async (): Promise<void> => {
    await tryPodman(["rm", "--force", "--volumes", "--time", "0", id]);
  };
  try {
    await waitFor("the Pi boots", 90, async () =>
      /running|degraded/.test((await attempt("systemctl is-system-running")).stdout) ? true : undefined,
    );
    const limits = engineLimits();
    const settings = toml({ containers: limits.containers, engine: limits.engine });
    await write({ "/etc/containers/containers.conf.d/machine.conf": settings });
  } catch (error) {
    await remove();
    throw error;
  }
  return { attempt, run, write, remove };
}
