/**
 * A project of the program beside this file, run with the real engine. What that needs comes from the environment, as
 * `npm test` prepares it: HOMELAB_PULUMI (the pulumi executable), PULUMI_HOME, and PATH with Node 24 and the language host.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../../..");

/** Why the engine cannot be run here, for people; undefined if it can. With CI=true it throws that instead. */
export function missing(): string | undefined {
  const name = ["HOMELAB_PULUMI", "PULUMI_HOME"].find((each) => process.env[each] === undefined);
  if (name === undefined) return undefined;
  const reason = `${name} is not set: run the tests with \`npm test\``;
  if (process.env.CI === "true") throw new Error(reason);
  return reason;
}

/** What one command of the engine did. */
export interface Ran {
  /** -1 if a signal ended it. */
  readonly exit: number;
  readonly output: string;
}

/** A folder of its own with the project and its backend; below the repository, so that the program finds its packages. */
export class Project {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Project> {
    const parent = join(repository, ".state/language-host");
    await mkdir(parent, { recursive: true });
    const project = new Project(await mkdtemp(join(parent, "project-")));
    await mkdir(join(project.folder, "backend"));
    await mkdir(join(project.folder, "pack"));
    const file = (...names: string[]) => join(project.folder, ...names);
    await copyFile(join(import.meta.dirname, "program.ts"), file("index.ts"));
    await writeFile(file("package.json"), '{ "type": "module", "main": "index.ts" }');
    const options = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";
    await writeFile(file("Pulumi.yaml"), `name: language-host\n${options}`);
    await copyFile(join(import.meta.dirname, "pack.cjs"), file("pack", "index.js"));
    await writeFile(file("pack", "package.json"), '{ "main": "index.js" }');
    await writeFile(file("pack", "PulumiPolicy.yaml"), options);
    return project;
  }

  /** Makes a stack with the configuration; the password in it is secret. */
  async stack(name: string, config: Record<string, string>): Promise<void> {
    await this.expect(["stack", "init", name]);
    const pairs = Object.entries(config).flatMap(([key, value]) => [
      key === "password" ? "--secret" : "--plaintext",
      `${key}=${value}`,
    ]);
    await this.expect(["config", "set-all", "--stack", name, ...pairs]);
  }

  /** Runs `pulumi <arguments>`. */
  run(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
    return this.start(args, environment).ran;
  }

  /** The same, without waiting; `saw` waits for a text in the output, and for the end in vain. */
  start(
    args: readonly string[],
    environment: Record<string, string> = {},
  ): { child: ChildProcess; ran: Promise<Ran>; saw: (text: string) => Promise<void> } {
    const child = spawn(process.env.HOMELAB_PULUMI ?? "pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      env: { ...process.env, ...this.environment(), ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const more = (bytes: Buffer) => {
      output += bytes;
    };
    child.stdout.on("data", more);
    child.stderr.on("data", more);
    const ran = new Promise<Ran>((done, fail) => {
      child.on("error", fail);
      child.on("close", (code) => done({ exit: code ?? -1, output }));
    });
    const saw = (text: string) =>
      new Promise<void>((done, fail) => {
        const look = () => output.includes(text) && done();
        child.stdout.on("data", look);
        look();
        ran.then((it) => fail(new Error(`"${text}" never came:\n${it.output}`)), fail);
      });
    return { child, ran, saw };
  }

  /** The outputs of a stack, secrets in clear if asked. */
  async outputs(stack: string, ...flags: string[]): Promise<unknown> {
    return JSON.parse((await this.expect(["stack", "output", "--json", "--stack", stack, ...flags])).output);
  }

  /** The names of the resources in a stack's state. */
  async resources(stack: string): Promise<string[]> {
    const exported = JSON.parse((await this.expect(["stack", "export", "--stack", stack])).output) as {
      deployment: { resources?: { urn: string; custom: boolean }[] };
    };
    return (exported.deployment.resources ?? []).filter((each) => each.custom).map((each) => each.urn.split("::").at(-1) ?? "");
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  private async expect(args: readonly string[]): Promise<Ran> {
    const ran = await this.run(args);
    if (ran.exit !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${ran.output}`);
    return ran;
  }

  private environment(): Record<string, string> {
    return {
      PULUMI_BACKEND_URL: `file://${join(this.folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "language-host",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }
}
