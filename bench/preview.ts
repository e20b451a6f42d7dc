import type { Bench } from "./lab.ts";
import { type Figures, median, milliseconds, ROUNDS, ratio } from "./measure.ts";
import { scratchProject } from "./scratch-project.ts";

/** `pulumi refresh`: the state is compared with what the hosts have, and no program runs. */
export const REFRESH = ["refresh", "--yes", "--skip-preview", "--expect-no-changes"];

/**
 * What a preview of the whole lab costs, a refresh, and a preview with a refresh before it, over the preview of a program that
 * declares nothing: of the slower stack.
 */
export function previewFigures({ lab, empty, pulumi }: Bench): Figures {
  const over = (...args: readonly string[]) =>
    Math.max(...lab.instance.hosts.map(({ name }) => ratio(pulumi(name, ...args), empty.command("preview"), ROUNDS)));
  return {
    preview_vs_empty: { value: over("preview"), unit: "ratio", goal: 1.3 },
    refresh_vs_empty: { value: over(...REFRESH), unit: "ratio", goal: 1.6 },
    preview_refresh_vs_empty: { value: over("preview", "--refresh"), unit: "ratio", goal: null },
  };
}

/** How the preview grows: 10, 100 and 500 new workloads on one host that nobody contacts. */
export function previewGrowth({ toolchain }: Bench): Figures {
  const many = scratchProject(toolchain.pulumi, toolchain.env, "bench/workloads/index.ts");
  const preview = (count: number) => {
    milliseconds(many.command("config", "set", "workloads", String(count)));
    return median([1, 2, 3].map(() => milliseconds(many.command("preview"))));
  };
  try {
    const [few, some, lots] = [preview(10), preview(100), preview(500)];
    return {
      preview_ms_per_workload: { value: (lots - few) / 490, unit: "ms", goal: null },
      preview_ms_per_workload_10_to_100: { value: (some - few) / 90, unit: "ms", goal: null },
      preview_ms_per_workload_100_to_500: { value: (lots - some) / 400, unit: "ms", goal: null },
    };
  } finally {
    many.remove();
  }
}
