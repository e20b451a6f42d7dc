/**
 * Runs a Pulumi program of this folder with the real engine, and says what happened in the words of the recordings.
 *
 * What it needs comes from the environment, as `npm test` prepares it:
 * - HOMELAB_PULUMI: the pulumi executable;
 * - PULUMI_HOME: with the plugins in plugins/resource-<name>-v<version>/pulumi-resource-<name>;
 * - PATH: with node 24 and pulumi's language host.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import {
  type Change,
  changesIn,
  errorsByName,
  errorsIn,
  type Happening,
  happened,
  parseEvents,
  statusLinesIn,
} from "./events.ts";

const repository = path.resolve(import.meta.dirname, "../..");
const packages = ["command", "docker", "random", "tls"];
const longest = 15 * 60_000;

/** What is missing to run the tests here, for people; undefined when all is there. With CI=true it throws that instead. */
export async function missing(needed: string[] = ["command", "random", "tls"]): Promise<string | undefined> {
  const lacks = await findMissing(needed);
  if (lacks !== undefined && process.env.CI === "true") throw new Error(lacks);
  return lacks;
}

async function findMissing(needed: string[]): Promise<string | undefined> {
  for (const variable of ["HOMELAB_PULUMI", "PULUMI_HOME"]) {
    if (process.env[variable] === undefined) return `${variable} is not set: run the tests with \`npm test\``;
  }
  for (const name of needed.filter((each) => packages.includes(each))) {
    const plugin = await pluginPath(name);
    if ((await fs.stat(plugin).catch(() => undefined)) === undefined) return `the ${name} plugin is not at ${plugin}`;
  }
  return undefined;
}

/** Version of an installed SDK, which asks for the plugin of the same version. */
export async function sdkVersion(name: string): Promise<string> {
  const text = await fs.readFile(path.join(repository, "node_modules/@pulumi", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function pluginPath(name: string): Promise<string> {
  const folder = `resource-${name}-v${await sdkVersion(name)}`;
  return path.join(process.env.PULUMI_HOME ?? "", "plugins", folder, `pulumi-resource-${name}`);
}

/** A resource as the exported state has it, with secrets as `{ secret: … }`. */
export interface StateResource {
  urn: string;
  type: string;
  name: string;
  id: string;
  /** True for the old one of a replacement that still waits to be deleted. */
  delete: boolean;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  additionalSecretOutputs: string[];
  replaceOnChanges: string[];
  initErrors: string[];
}

/** What one command of the CLI did. */
export interface Run {
  exit: number;
  /** What a preview proposes, other than to leave things as they are. */
  proposes: Change[];
  /** What an update did, in order. */
  did: Happening[];
  /** Messages of errors, without the engine's own closing words. */
  errors: string[];
  /** The same by the name of the resource. */
  errorsOf: Record<string, string[]>;
  /** Passing status lines by resource, such as a command's output. */
  status: Record<string, string[]>;
  /** All that it printed, for the message of a failing test. */
  output: string;
}

/** A stack of one of the programs beside this file, in a folder of its own below .state/. */
export class Stack {
  readonly folder: string;
  private readonly config: Record<string, string>;
  private runs = 0;

  private constructor(folder: string, config: Record<string, string>) {
    this.folder = folder;
    this.config = config;
  }

  /** Makes the project and an empty stack. `program` is a file of programs/ without its ending, `config` its configuration. */
  static async create(program: string, config: Record<string, string> = {}): Promise<Stack> {
    const parent = path.join(repository, ".state/conformance");
    await fs.mkdir(parent, { recursive: true });
    const folder = await fs.mkdtemp(path.join(parent, `${program}-`));
    await fs.mkdir(path.join(folder, "backend"));
    // A copy, because a program runs in its own folder, and so do the commands that it declares.
    await fs.copyFile(path.join(import.meta.dirname, "programs", `${program}.ts`), path.join(folder, "index.ts"));
    await fs.writeFile(path.join(folder, "package.json"), '{ "type": "module", "main": "index.ts" }');
    // As the lab's own program, which loads of the SDK only what it uses: these run it hundreds of times.
    // Relative: the path of the checkout may have a space in it.
    const runtime = path.relative(folder, path.join(repository, "config/runtime.cjs"));
    const options = `options:\n    typescript: false\n    nodeargs: "--require ${runtime}"\n`;
    const project = `name: edge\nruntime:\n  name: nodejs\n  ${options}`;
    await fs.writeFile(path.join(folder, "Pulumi.yaml"), project);
    const stack = new Stack(folder, config);
    const made = await stack.pulumi(["stack", "init", "s"]);
    if (made.exit !== 0) throw new Error(`pulumi stack init failed:\n${made.output}`);
    return stack;
  }

  /** Runs `pulumi <command>`; `s` picks the program's variant. `up` runs without its preview, as in the recordings. */
  async run(command: "preview" | "up" | "refresh" | "destroy", s = "1", ...flags: string[]): Promise<Run> {
    const events = path.join(this.folder, `events-${this.runs++}.json`);
    const settings = Object.entries({ s, ...this.config }).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    const configured = command === "refresh" || command === "destroy" ? [] : settings;
    const unattended = command === "preview" ? [] : ["--yes", "--skip-preview"];
    const ran = await this.pulumi([command, "--stack", "s", "--event-log", events, ...configured, ...unattended, ...flags]);
    const log = parseEvents(await fs.readFile(events, "utf8").catch(() => ""));
    return {
      ...ran,
      proposes: command === "preview" ? changesIn(log) : [],
      did: happened(log),
      errors: errorsIn(log),
      errorsOf: errorsByName(log),
      status: statusLinesIn(log),
    };
  }

  /** The resources in state, without the stack itself. */
  async state(): Promise<StateResource[]> {
    return (await this.exported()).deployment.resources
      .filter((resource) => resource.type !== "pulumi:pulumi:Stack")
      .map((resource) => ({
        urn: resource.urn,
        type: resource.type,
        name: resource.urn.split("::").at(-1) ?? "",
        id: resource.id ?? "",
        delete: resource.delete ?? false,
        inputs: withSecrets(resource.inputs ?? {}) as Record<string, unknown>,
        outputs: withSecrets(resource.outputs ?? {}) as Record<string, unknown>,
        additionalSecretOutputs: resource.additionalSecretOutputs ?? [],
        replaceOnChanges: resource.replaceOnChanges ?? [],
        initErrors: resource.initErrors ?? [],
      }));
  }

  /** Changes the state by hand: `change` is given each resource's name and outputs to edit. */
  async edit(change: (name: string, outputs: Record<string, unknown>) => void): Promise<void> {
    const exported = await this.exported();
    for (const resource of exported.deployment.resources) change(resource.urn.split("::").at(-1) ?? "", resource.outputs ?? {});
    const file = path.join(this.folder, "edited.json");
    await fs.writeFile(file, JSON.stringify(exported));
    const imported = await this.pulumi(["stack", "import", "--stack", "s", "--file", file]);
    if (imported.exit !== 0) throw new Error(`pulumi stack import failed:\n${imported.output}`);
  }

  /** Destroys what the program declared on a host, and removes the folder. */
  async destroy(): Promise<void> {
    await this.pulumi(["destroy", "--stack", "s", "--yes", "--skip-preview"]);
    await this.remove();
  }

  /** Removes the folder, where nothing lies elsewhere that the program declared. */
  async remove(): Promise<void> {
    await fs.rm(this.folder, { recursive: true });
  }

  private async exported(): Promise<Exported> {
    const file = path.join(this.folder, "exported.json");
    const ran = await this.pulumi(["stack", "export", "--stack", "s", "--show-secrets", "--file", file]);
    if (ran.exit !== 0) throw new Error(`pulumi stack export failed:\n${ran.output}`);
    return JSON.parse(await fs.readFile(file, "utf8")) as Exported;
  }

  private pulumi(args: string[]): Promise<{ exit: number; output: string }> {
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${this.folder}/backend`,
      PULUMI_CONFIG_PASSPHRASE: "conformance",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // --event-log is a flag for debugging.
      PULUMI_DEBUG_COMMANDS: "true",
    };
    const pulumi = process.env.HOMELAB_PULUMI ?? "pulumi";
    const options = { cwd: this.folder, env, timeout: longest, maxBuffer: 64 * 1024 * 1024 };
    return new Promise((resolve) => {
      execFile(pulumi, [...args, "--non-interactive", "--color", "never"], options, (error, stdout, stderr) => {
        const exit = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ exit, output: `${stdout}\n${stderr}` });
      });
    });
  }
}

interface Exported {
  deployment: {
    resources: {
      urn: string;
      type: string;
      id?: string;
      delete?: boolean;
      inputs?: Record<string, unknown>;
      outputs?: Record<string, unknown>;
      additionalSecretOutputs?: string[];
      replaceOnChanges?: string[];
      initErrors?: string[];
    }[];
  };
}

// The engine's mark of a secret (sdk/v3/go/common/resource/sig).
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

function withSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSecrets);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[signature] === secretMark) return { secret: withSecrets(JSON.parse(String(object.plaintext))) };
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, withSecrets(item)]));
}
