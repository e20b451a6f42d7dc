import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import { descendants, type Result } from "../../../operations/shell.ts";
import type { WorkloadInputs } from "../../../providers/workload/inputs.ts";
import { type Change, changesOf } from "../../../rehearsal/simulation/changes.ts";
import { ensureToolchain, type Toolchain } from "../../../rehearsal/toolchain/index.ts";
import { repository } from "../../../rehearsal/toolchain/paths.ts";
import type { Victim } from "./pi.ts";

/** An engine that runs, as at a terminal: in a process group of its own, which is what Ctrl-C reaches. */
export interface RunningEngine {
  readonly result: Promise<Result>;
  /** SIGKILL to the engine alone; its plugins live on, as they would, until {@link Stack.endOrphans}. */
  readonly kill: () => void;
  readonly ctrlC: () => void;
}

/** The program beside this file as a stack of a folder of its own. */
export class Stack {
  private readonly toolchain: Toolchain;
  private readonly env: NodeJS.ProcessEnv;
  private readonly folder: string;
  private orphans: readonly number[] = [];

  private constructor(toolchain: Toolchain, folder: string, env: NodeJS.ProcessEnv) {
    this.toolchain = toolchain;
    this.folder = folder;
    this.env = env;
  }

  /**
   * @param name of the folder: two of them are two machines of a person, with one state
   */
  static async create(pi: Victim, name: string): Promise<Stack> {
    const toolchain = await ensureToolchain();
    const [folder, state] = [join(pi.folder, name), join(pi.folder, "state")];
    for (const path of [folder, state]) mkdirSync(path, { recursive: true });
    const from = (path: string) => relative(folder, join(repository, path));
    // A workload's provider is looked for from the folder of the program.
    symlinkSync(from("providers"), join(folder, "providers"));
    writeFileSync(join(folder, "index.ts"), `import "${from("test/integration/faults/program.ts")}";\n`);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    // As the lab's own: the runs of the engine are most of the time of these tests.
    const options = { typescript: false, nodeargs: `--require ${from("config/runtime.cjs")}` };
    const plugins = { providers: [{ name: "pulumi-nodejs", path: from("providers/process") }] };
    const project = { name: "faults", runtime: { name: "nodejs", options }, main: "index.ts", plugins };
    writeFileSync(join(folder, "Pulumi.yaml"), stringify(project));
    return new Stack(toolchain, folder, {
      ...toolchain.env,
      PATH: pi.path(toolchain.env.PATH),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "faults",
    });
  }

  /** Says what the program declares from now on. */
  declare(inputs: WorkloadInputs): void {
    writeFileSync(join(this.folder, "workload.json"), JSON.stringify(inputs));
  }

  async init(): Promise<void> {
    await this.must("stack", "init", "faults");
  }

  async select(): Promise<void> {
    await this.must("stack", "select", "faults");
  }

  /** Starts the engine and does not wait. */
  start(...args: readonly string[]): RunningEngine {
    const all = [...args, "--non-interactive", "--color", "never"];
    const child = spawn(this.toolchain.pulumi, all, {
      cwd: this.folder,
      env: this.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return {
      result: resultOf(child),
      kill: () => {
        this.orphans = descendants(child.pid);
        child.kill("SIGKILL");
      },
      ctrlC: () => {
        // The first of two may have ended it.
        const runs = child.exitCode === null && child.signalCode === null;
        if (child.pid !== undefined && runs) process.kill(-child.pid, "SIGINT");
      },
    };
  }

  /** Ends the plugins of an engine that was killed. Nobody else does, and they would be there for ever. */
  endOrphans(): void {
    for (const id of this.orphans) spawnSync("kill", [String(id)]);
    this.orphans = [];
  }

  up(): RunningEngine {
    return this.start("up", "--yes", "--skip-preview");
  }

  /** Runs the engine; it has to succeed. Returns its stdout. */
  async must(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.start(...args).result;
    if (status !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${status}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** What a preview would change. */
  async changes(...args: readonly string[]): Promise<readonly Change[]> {
    return changesOf(await this.must("preview", "--json", ...args));
  }
}

/** The end of the engine itself: plugins that outlive it may keep its output open. */
function resultOf(child: ChildProcess): Promise<Result> {
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("exit", (code) => setTimeout(() => resolve({ status: code ?? 137, stdout, stderr }), 50));
  });
}
