import { instanceOf } from "../rehearsal/simulation/instance.ts";
import type { Lab } from "../rehearsal/simulation/lab.ts";
import { removeLab, startLab } from "../rehearsal/simulation/up.ts";
import type { Toolchain } from "../rehearsal/toolchain/index.ts";
import type { Timed } from "./measure.ts";
import { type ScratchProject, scratchProject } from "./scratch-project.ts";

/** What benchmarks are run on: a lab of their own that is up, and a program that declares nothing, on the same engine. */
export interface Bench {
  readonly toolchain: Toolchain;
  readonly lab: Lab;
  readonly empty: ScratchProject;
  /** Pulumi on a stack of the lab. */
  readonly pulumi: (stack: string, ...args: readonly string[]) => Timed;
}

/** Brings the lab up for the time of `measure`. */
export async function withBench<T>(toolchain: Toolchain, measure: (bench: Bench) => Promise<T>): Promise<T> {
  const instance = instanceOf("bench");
  const empty = scratchProject(toolchain.pulumi, toolchain.env);
  try {
    const lab = await startLab(instance);
    for (const { name } of instance.hosts) await lab.up(name);
    const pulumi = (stack: string, ...args: readonly string[]): Timed => ({
      program: toolchain.pulumi,
      args: ["--non-interactive", ...args, "--stack", stack],
      cwd: instance.project,
      env: lab.env,
    });
    return await measure({ toolchain, lab, empty, pulumi });
  } finally {
    await removeLab(instance);
    empty.remove();
  }
}
