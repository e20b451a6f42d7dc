/** The program beside this file, applied by the real engine with the tls plugin that is present. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "../../operations/shell.ts";
import { type Change, changesOf } from "../../rehearsal/simulation/changes.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";

/** What is missing to run the engine, for people; undefined when all is there. With CI=true it throws that instead. */
export function missing(): string | undefined {
  const variable = ["HOMELAB_PULUMI", "PULUMI_HOME"].find((name) => process.env[name] === undefined);
  if (variable === undefined) return undefined;
  const lacks = `${variable} is not set: run the tests with \`npm test\``;
  if (process.env.CI === "true") throw new Error(lacks);
  return lacks;
}

/** What the program exports, in PEM. */
export interface Certificates {
  readonly root: string;
  /** By host. */
  readonly intermediates: Readonly<Record<string, string>>;
  /** A leaf first, then those that signed it, up to the root, which is left out. */
  readonly chains: Readonly<Record<"server" | "client" | "starbuck" | "forged", string>>;
}

/** A resource of an exported state. */
interface StateResource {
  readonly urn: string;
  readonly outputs?: Record<string, unknown>;
}

/** A stack of the program in a folder of its own. */
export class Project {
  private readonly folder: string;

  constructor() {
    mkdirSync(join(repository, ".rehearsal"), { recursive: true });
    this.folder = mkdtempSync(join(repository, ".rehearsal", "certificates-"));
    mkdirSync(join(this.folder, "state"));
    const main = relative(this.folder, join(import.meta.dirname, "program", "index.ts"));
    writeFileSync(
      join(this.folder, "Pulumi.yaml"),
      `name: certificates\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: ${main}\n`,
    );
  }

  /** Makes the stack and applies the program. */
  async create(): Promise<void> {
    await this.pulumi("stack", "init", "test");
    await this.up();
  }

  /** A plain `pulumi up`. */
  async up(): Promise<void> {
    await this.pulumi("up", "--yes", "--skip-preview");
  }

  /** What a plain `pulumi preview` would change. */
  async preview(): Promise<readonly Change[]> {
    return changesOf(await this.pulumi("preview", "--json"));
  }

  /** What a plain `pulumi preview` shows to a person. */
  previewText(): Promise<string> {
    return this.pulumi("preview");
  }

  async certificates(): Promise<Certificates> {
    return JSON.parse(await this.pulumi("stack", "output", "--json", "--show-secrets"));
  }

  /** Moves the validity of a certificate that the plugin signed, in state alone, so that it ends in so many days. */
  async ageTo(name: string, daysLeft: number): Promise<void> {
    const file = join(this.folder, "exported.json");
    await this.pulumi("stack", "export", "--show-secrets", "--file", file);
    const exported: { deployment: { resources: readonly StateResource[] } } = JSON.parse(await run("cat", [file]));
    const outputs = exported.deployment.resources.find(({ urn }) => urn.endsWith(`LocallySignedCert::${name}`))?.outputs;
    if (outputs === undefined) throw new Error(`The state has no certificate ${name}.`);
    const [start, end] = [outputs.validityStartTime, outputs.validityEndTime].map((time) => Date.parse(String(time)));
    const newEnd = Date.now() + daysLeft * 24 * 60 * 60 * 1000;
    const newStart = newEnd - ((end ?? 0) - (start ?? 0));
    Object.assign(outputs, { validityStartTime: timestamp(newStart), validityEndTime: timestamp(newEnd) });
    writeFileSync(file, JSON.stringify(exported));
    await this.pulumi("stack", "import", "--file", file);
  }

  /** Everything that was made lies in the state. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private pulumi(...args: readonly string[]): Promise<string> {
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "certificates",
    };
    const stack = args[1] === "init" ? [] : ["--stack", "test"];
    const all = [...args, ...stack, "--non-interactive", "--color", "never"];
    return run(process.env.HOMELAB_PULUMI ?? "pulumi", all, { cwd: this.folder, env });
  }
}

/** As the plugin writes them: seconds, in UTC. */
function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
