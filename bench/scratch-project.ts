import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import { repository } from "../rehearsal/toolchain/paths.ts";
import { milliseconds, type Timed } from "./measure.ts";

/** A Pulumi project of its own that lives for one measurement. */
export interface ScratchProject {
  /** The Pulumi command in it. */
  readonly command: (...args: string[]) => Timed;
  readonly remove: () => void;
}

const PROJECT = { name: "bench", runtime: { name: "nodejs", options: { typescript: false } }, main: "index.ts" };

/** Lets the program run as the lab's own does. Relative: the path of the checkout may have a space in it. */
function withRuntimeOfLab({ runtime, ...project }: typeof PROJECT, folder: string) {
  const nodeargs = `--require ${relative(folder, join(repository, "config", "runtime.cjs"))}`;
  return {
    ...project,
    runtime: { ...runtime, options: { ...runtime.options, nodeargs } },
    plugins: { providers: [{ name: "pulumi-nodejs", path: join(repository, "providers", "process") }] },
  };
}

/**
 * @param program path of the program from the repository; none for a program that declares nothing
 * @param env environment of the toolchain
 */
export function scratchProject(pulumi: string, env: NodeJS.ProcessEnv, program?: string): ScratchProject {
  mkdirSync(join(repository, ".rehearsal"), { recursive: true });
  const folder = mkdtempSync(join(repository, ".rehearsal", "bench-"));
  mkdirSync(join(folder, "state"));
  writeFileSync(join(folder, "index.ts"), program === undefined ? "export {};\n" : `import "../../${program}";\n`);
  // Device resources name their provider's module from the program's folder.
  symlinkSync(join(repository, "providers"), join(folder, "providers"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(folder, "Pulumi.yaml"), stringify(program === undefined ? PROJECT : withRuntimeOfLab(PROJECT, folder)));
  const environment = { ...env, PULUMI_BACKEND_URL: `file://${join(folder, "state")}`, PULUMI_CONFIG_PASSPHRASE: "bench" };
  const command = (...args: string[]): Timed => ({
    program: pulumi,
    args: ["--non-interactive", ...args],
    cwd: folder,
    env: environment,
  });
  milliseconds(command("stack", "init", "bench"));
  return { command, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
