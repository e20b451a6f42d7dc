import type { Bench } from "./lab.ts";
import { type Figures, median, milliseconds, ROUNDS, ratio } from "./measure.ts";
import { scratchProject } from "./scratch-project.ts";

/** What a preview of the whole lab costs, over that of a program that declares nothing: of the slower stack. */
export function previewFigures({ lab, empty, pulumi }: Bench): Figures {
  const over = (...args: readonly string[]) =>
    Math.max(...lab.instance.hosts.map(({ name }) => ratio(pulumi(name, "preview", ...args), empty.command("preview"), ROUNDS)));
  return {
    preview_vs_empty: { value: over(), unit: "ratio", goal: 1.3 },
    refresh_vs_empty: { value: over("--refresh"), unit: "ratio", goal: 1.6 },
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
