/** A workload's real image, run as its unit would, without a host around it. */
import type { WorkloadPlan } from "../../lab/model.ts";
import { type Result, waitFor } from "../../operations/shell.ts";
import { renderUnits } from "../../providers/workload/quadlet.ts";
import { podman, tryPodman } from "../../rehearsal/toolchain/podman.ts";
import type { Directories } from "./staging.ts";
import { podmanOptions } from "./unit-options.ts";

/** A workload that was started, and may have ended. */
export interface RunningWorkload {
  /** Runs a command in it. */
  readonly exec: (command: readonly string[]) => Promise<Result>;
  /** The TCP ports that it listens on, sorted, as soon as those that are expected are among them. Throws with its log if it ends. */
  readonly listening: (expected: readonly number[]) => Promise<readonly number[]>;
  /** Stops it as systemd would: its exit status, and all that it ever printed. */
  readonly stop: () => Promise<{ readonly status: number; readonly log: string }>;
  readonly remove: () => Promise<void>;
}

/** Starts the image on staged directories. */
export async function startWorkload(plan: WorkloadPlan, image: string, directories: Directories): Promise<RunningWorkload> {
  const { name } = plan.placed;
  const unit = renderUnits(plan)[`${name}.container`] ?? "";
  const environment = Object.entries(plan.environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
  const options = [...podmanOptions(unit, directories), ...environment];
  // No network: nothing can be reached by mistake, and everything that the plan names stands in /etc/hosts.
  const id = await podman(["run", "--detach", "--network", "none", ...options, image, ...plan.arguments]);
  const log = async (): Promise<string> => {
    const { stdout, stderr } = await tryPodman(["logs", id]);
    return `${stdout}${stderr}`;
  };
  return {
    exec: (command) => tryPodman(["exec", id, ...command]),
    listening: (expected) =>
      waitFor(`${name} listens on ${expected.join(" and ")}`, 60, async () => {
        const { status, stdout } = await tryPodman(["exec", id, "cat", "/proc/net/tcp", "/proc/net/tcp6"]);
        if (status !== 0) throw new Error(`${name} does not run:\n${await log()}`);
        const ports = listeningPorts(stdout);
        return expected.every((port) => ports.includes(port)) ? ports : undefined;
      }),
    stop: async () => {
      await podman(["stop", id]);
      return { status: Number(await podman(["container", "inspect", "--format", "{{.State.ExitCode}}", id])), log: await log() };
    },
    remove: async () => {
      await tryPodman(["rm", "--force", "--volumes", "--time", "0", id]);
    },
  };
}

/** Ports in state LISTEN (0A) of /proc/net/tcp and tcp6, whose numbers are hexadecimal. */
function listeningPorts(table: string): readonly number[] {
  const ports = [...table.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /gm)].map(([, port]) => Number(`0x${port}`));
  return [...new Set(ports)].sort((a, b) => a - b);
}
