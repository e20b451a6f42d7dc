import { instanceOf } from "../rehearsal/simulation/instance.ts";
import { hostKey } from "../rehearsal/simulation/ssh.ts";
import { removeLab, startLab } from "../rehearsal/simulation/up.ts";
import type { Toolchain } from "../rehearsal/toolchain/index.ts";
import { type Figures, median, milliseconds } from "./measure.ts";
import { REFRESH } from "./preview.ts";
import { scratchProject } from "./scratch-project.ts";

const IMAGE = "docker.io/library/nginx";
const [FEW, MANY] = [10, 100];

/** How a refresh grows, and a preview with one before it, with the number of workloads that really run on one host. */
export async function refreshGrowth(toolchain: Toolchain): Promise<Figures> {
  const instance = instanceOf("bench-many");
  const lab = await startLab(instance);
  const project = scratchProject(toolchain.pulumi, lab.env, "bench/workloads/index.ts");
  try {
    const [host] = instance.hosts;
    if (host === undefined) throw new Error("There is no host in Pulumi.yaml.");
    const digestOf = (image: string) => lab.catalogue.version(image, "current").split("@")[1] ?? "";
    const [digest, resticDigest] = [digestOf(IMAGE), digestOf("docker.io/restic/restic")];
    for (const [key, value] of Object.entries({
      address: host.address,
      hostKey: hostKey(instance, host),
      digest,
      resticDigest,
    })) {
      milliseconds(project.command("config", "set", key, value));
    }
    const timesOf = (count: number) => {
      milliseconds(project.command("config", "set", "workloads", String(count)));
      milliseconds(project.command("up", "--yes", "--skip-preview"));
      const time = (...args: string[]) => median([1, 2, 3].map(() => milliseconds(project.command(...args))));
      return { refresh: time(...REFRESH), preview: time("preview", "--refresh", "--expect-no-changes") };
    };
    const [few, many] = [timesOf(FEW), timesOf(MANY)];
    const growth = (what: "refresh" | "preview") => (many[what] - few[what]) / (MANY - FEW);
    return {
      refresh_ms_per_workload: { value: growth("refresh"), unit: "ms", goal: 10 },
      preview_refresh_ms_per_workload: { value: growth("preview"), unit: "ms", goal: null },
    };
  } finally {
    await removeLab(instance);
    project.remove();
  }
}
