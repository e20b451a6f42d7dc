import { instanceOf } from "../rehearsal/simulation/instance.ts";
import type { Lab } from "../rehearsal/simulation/lab.ts";
import { removeLab, startLab } from "../rehearsal/simulation/up.ts";
import type { Toolchain } from "../rehearsal/toolchain/index.ts";
import { type Figures, median, milliseconds, ratio, type Timed } from "./measure.ts";
import { type ScratchProject, scratchProject } from "./scratch-project.ts";

const ROUNDS = 7;

/**
 * What a preview costs: that of the whole lab, once it is up, over that of a program that declares nothing; and how it grows
 * with the number of workloads.
 */
export async function previewFigures(toolchain: Toolchain): Promise<Figures> {
  const empty = scratchProject(toolchain.pulumi, toolchain.env);
  const many = scratchProject(toolchain.pulumi, toolchain.env, "bench/workloads/index.ts");
  const instance = instanceOf("bench");
  try {
    const lab = await startLab(instance);
    for (const { name } of instance.hosts) await lab.up(name);
    const ratios = instance.hosts.map(({ name }) => ratio(labPreview(lab, toolchain, name), empty.command("preview"), ROUNDS));
    return {
      // The slower of the two stacks: what a person waits for.
      preview_vs_empty: { value: Math.max(...ratios), unit: "ratio", goal: 1.3 },
      ...growth(many),
    };
  } finally {
    await removeLab(instance);
    empty.remove();
    many.remove();
  }
}

/** Previews of 10, 100 and 500 new workloads on one host. */
function growth(many: ScratchProject): Figures {
  const preview = (count: number) => {
    milliseconds(many.command("config", "set", "workloads", String(count)));
    return median([1, 2, 3].map(() => milliseconds(many.command("preview"))));
  };
  const [few, some, lots] = [preview(10), preview(100), preview(500)];
  return {
    preview_ms_per_workload: { value: (lots - few) / 490, unit: "ms", goal: null },
    preview_ms_per_workload_10_to_100: { value: (some - few) / 90, unit: "ms", goal: null },
    preview_ms_per_workload_100_to_500: { value: (lots - some) / 400, unit: "ms", goal: null },
  };
}

function labPreview(lab: Lab, toolchain: Toolchain, stack: string): Timed {
  const args = ["--non-interactive", "preview", "--stack", stack];
  return { program: toolchain.pulumi, args, cwd: lab.instance.project, env: lab.env };
}
