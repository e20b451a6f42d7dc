/** A simulated lab that is up, and what one can do with it: used by scenes, tests and benchmarks alike. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Document } from "yaml";
import { readLab } from "../../config/files.ts";
import type { LabPlan } from "../../lab/model.ts";
import { planLab } from "../../lab/plan.ts";
import { attempt, CommandFailed, launch, type Result, type Running, run, show, waitFor } from "../../operations/shell.ts";
import { quote } from "../../providers/ssh.ts";
import type { Toolchain } from "../toolchain/index.ts";
import { repository } from "../toolchain/paths.ts";
import { type Catalogue, ensureCatalogue } from "./catalogue.ts";
import { type Change, changesOf } from "./changes.ts";
import { copyProgram, type ProgramCopy } from "./copy.ts";
import { flatHome, type SimulatedHome } from "./home.ts";
import type { Instance, SimulatedHost } from "./instance.ts";
import { cutPower, onPi, startPi } from "./pi.ts";
import { declaredImages, editProjectFile, passphraseFile, stateFolder, writeProject } from "./project.ts";
import { onRouter, removeRouter, routerOf, startRouter } from "./router.ts";
import { hostKey, prepareSsh, renewHostKey, shimFolder } from "./ssh.ts";

/** A simulated lab. Made by {@link attachLab}; `up.ts` starts and removes its machines. */
export class Lab {
  readonly instance: Instance;
  readonly catalogue: Catalogue;
  /** Workloads for which there is no image here. */
  readonly notRehearsed: readonly string[];
  /** Environment in which `pulumi` and `ssh` work on this lab. */
  readonly env: NodeJS.ProcessEnv;
  private readonly toolchain: Toolchain;
  /** Where the program lies that Pulumi runs: this checkout, or a copy. */
  private program = repository;

  constructor(instance: Instance, toolchain: Toolchain, catalogue: Catalogue) {
    this.instance = instance;
    this.toolchain = toolchain;
    this.catalogue = catalogue;
    this.notRehearsed = writeProject(instance, catalogue.source);
    this.env = environment(instance, toolchain);
  }

  /** The host of that name. */
  host(name: string): SimulatedHost {
    const host = this.instance.hosts.find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`There is no host ${name} in Pulumi.yaml.`);
    return host;
  }

  /** Makes the stacks, one per host, unless they are there. */
  async ensureStacks(): Promise<void> {
    for (const { name } of this.instance.hosts) {
      if (existsSync(join(stateFolder(this.instance), ".pulumi", "stacks", "homelab", `${name}.json`))) continue;
      await run(this.toolchain.pulumi, ["stack", "init", name, "--non-interactive"], {
        cwd: this.instance.project,
        env: this.env,
      });
      // The first one got a salt, which the others are given too.
      this.resetConfig();
    }
  }

  /** Runs Pulumi on the lab and returns what came of it. `args` as on the command line. */
  pulumi(args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ""): Promise<Result> {
    const all = [...args, "--non-interactive", "--color", "never"];
    return attempt(this.toolchain.pulumi, all, { cwd: this.instance.project, env: { ...this.env, ...env }, input });
  }

  /** Starts Pulumi on the lab, to interrupt it. */
  launchPulumi(args: readonly string[]): Running {
    const all = [...args, "--non-interactive", "--color", "never"];
    return launch(this.toolchain.pulumi, all, { cwd: this.instance.project, env: this.env });
  }

  /** Runs Pulumi on this terminal, for a person. Returns its exit status. */
  pulumiForPerson(args: readonly string[]): Promise<number> {
    return show(this.toolchain.pulumi, args, { cwd: this.instance.project, env: this.env });
  }

  /**
   * Runs one of the commands in `operations/` on the lab, e.g. `preview`, and returns what came of it. Of a copy of the program it
   * is the copy's: policies and preview have to know the same workloads as the program.
   */
  operation(name: string, args: readonly string[], input?: string): Promise<Result> {
    const options = { cwd: this.instance.project, env: this.env, ...(input === undefined ? {} : { input }) };
    return attempt(process.execPath, [operationFile(this.program, name), ...args], options);
  }

  /** The same on this terminal, for a person. Returns its exit status. */
  operationForPerson(name: string, args: readonly string[]): Promise<number> {
    return show(process.execPath, [operationFile(this.program, name), ...args], { cwd: this.instance.project, env: this.env });
  }

  /** `pulumi up` of a stack; throws with Pulumi's output if it fails. */
  async up(stack: string, ...args: readonly string[]): Promise<Result> {
    // Outputs would hide the end of what a failure says.
    const all = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack, ...args];
    const result = await this.pulumi(all);
    if (result.status !== 0) throw new CommandFailed("pulumi", all, result);
    return result;
  }

  /** What a preview of the stack would change; empty when the lab is as declared. */
  async previewChanges(stack: string, options: { readonly refresh?: boolean } = {}): Promise<readonly Change[]> {
    const all = ["preview", "--json", "--stack", stack, ...(options.refresh ? ["--refresh"] : [])];
    const result = await this.pulumi(all);
    if (result.status !== 0) throw new CommandFailed("pulumi", all, result);
    return changesOf(result.stdout);
  }

  /** Runs a command on a Pi as root. */
  ssh(host: string, command: string, input?: string): Promise<Result> {
    return onPi(this.instance, this.host(host), command, input);
  }

  /** Runs a command on a Pi as root that has to succeed; returns its stdout. */
  async on(host: string, command: string, input?: string): Promise<string> {
    const result = await this.ssh(host, command, input);
    if (result.status !== 0) throw new CommandFailed("ssh", [host, command], result);
    return result.stdout.trimEnd();
  }

  /** Takes a Pi's power away, at once. */
  cutPower(host: string): Promise<void> {
    return cutPower(this.host(host));
  }

  /** Switches a Pi on again and waits until it is up. */
  switchOn(host: string): Promise<void> {
    return startPi(this.instance, this.host(host), this.catalogue.online);
  }

  /** Changes the lab's `Pulumi.yaml` (not that of its source). */
  editProject(edit: (document: Document) => void): void {
    editProjectFile(this.instance, "Pulumi.yaml", edit);
  }

  /** Changes a stack's file of this lab (not that of its source). */
  editStack(stack: string, edit: (document: Document) => void): void {
    editProjectFile(this.instance, `Pulumi.${stack}.yaml`, edit);
  }

  /** Declares the home network with both routers, which are switched on as they come from their boxes, until {@link resetConfig}. */
  async addRouters(home: (instance: Instance) => SimulatedHome = flatHome): Promise<void> {
    const { instance } = this;
    const { network, routers } = home(instance);
    this.editProject((document) => {
      // Without aliases: whoever edits one router must not change the other.
      const node = (value: unknown) => document.createNode({ value }, { aliasDuplicateObjects: false });
      document.setIn(["config", "homelab:network"], node(network));
      document.setIn(["config", "homelab:routers"], node(routers));
    });
    this.pinRouterKeys();
    for (const { name } of instance.routers) await this.switchOnRouter(name);
  }

  /** Writes down the keys that the routers have. */
  pinRouterKeys(): void {
    const keys = this.instance.routers.map((router) => [router.name, hostKey(this.instance, router)]);
    this.editStack(this.plan().config.primary, (document) => {
      document.setIn(["config", "homelab:routerKeys"], document.createNode(Object.fromEntries(keys)));
    });
  }

  /** Puts a new router, as it comes from its box, in the place of one that is gone. Its key is another. */
  async replaceRouter(name: string): Promise<void> {
    const router = routerOf(this.instance, name);
    await removeRouter(router);
    await renewHostKey(this.instance, router);
    await this.switchOnRouter(name);
  }

  async switchOnRouter(name: string): Promise<void> {
    await startRouter(this.instance, name);
    // Up, it may not be found yet: this machine may still remember one that was there before.
    await waitFor(`${name} answers by ssh`, 60, async () => (await this.sshRouter(name, "true")).status === 0 || undefined);
  }

  /** Removes a simulated router, or all; what declares them stays. */
  async removeRouters(...names: readonly string[]): Promise<void> {
    const { routers } = this.instance;
    for (const router of names.length === 0 ? routers : names.map((name) => routerOf(this.instance, name)))
      await removeRouter(router);
  }

  /** Runs a command on a router as root. */
  sshRouter(name: string, command: string): Promise<Result> {
    return onRouter(this.instance, routerOf(this.instance, name), command);
  }

  /** Runs a command on a router as root that has to succeed; returns its stdout. */
  async onRouter(name: string, command: string): Promise<string> {
    const result = await this.sshRouter(name, command);
    if (result.status !== 0) throw new CommandFailed("ssh", [name, command], result);
    return result.stdout.trimEnd();
  }

  /** Sets a workload's image, e.g. one of {@link Catalogue.version}. */
  setImage(stack: string, workload: string, reference: string): void {
    this.editStack(stack, (document) => document.setIn(["config", "homelab:images", workload], reference));
  }

  /** The image references of a stack, by workload, as its files declare them before a rehearsal replaces them. */
  images(stack: string): Readonly<Record<string, string>> {
    return declaredImages(this.instance, stack);
  }

  /** The plan of the lab as it is declared now. */
  plan(): LabPlan {
    return planLab(readLab(this.instance.project).lab);
  }

  /** Lets Pulumi run a copy of the program at another path, to change it there, until {@link resetConfig}. */
  useCopyOfProgram(): ProgramCopy {
    const copy = copyProgram(join(this.instance.folder, "checkout"));
    this.editProject((document) => document.set("main", join("..", "checkout", "index.ts")));
    this.program = copy.folder;
    return copy;
  }

  /** Takes all edits back: the files are those of its source again, with this lab's addresses, keys and images. */
  resetConfig(): void {
    this.program = repository;
    writeProject(this.instance, this.catalogue.source);
  }
}

/** Builds the images and writes the files of a lab, and starts nothing. */
export async function attachLab(instance: Instance, toolchain: Toolchain): Promise<Lab> {
  await prepareSsh(instance);
  return new Lab(instance, toolchain, await ensureCatalogue(instance));
}

/** A command as one line for a shell. */
export function commandLine(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/** Throws where there is no such command. */
function operationFile(program: string, name: string): string {
  const file = join(program, "operations", `${name}.ts`);
  if (!/^[a-z-]+$/.test(name) || !existsSync(file)) throw new Error(`There is no operations/${name}.ts.`);
  return file;
}

function environment(instance: Instance, toolchain: Toolchain): NodeJS.ProcessEnv {
  return {
    ...toolchain.env,
    PATH: `${shimFolder(instance)}${delimiter}${toolchain.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${stateFolder(instance)}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(instance),
    // One of the person's own would go before the file.
    PULUMI_CONFIG_PASSPHRASE: undefined,
  };
}
