import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stackNames } from "../../config/files.ts";
import { stackFile } from "../../config/problems.ts";
import { attempt, type Result } from "../../operations/shell.ts";
import { copyProgram, type ProgramCopy } from "../../rehearsal/simulation/copy.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { firstLabFolder } from "./first-lab.ts";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMAISQbfI9kbSUwUrm/PF1PZv06TabHIbpoLfmNU9uZ8";

/**
 * A second checkout with a backend of its own and the first lab, for what needs the engine and no Pi: previews of stacks that were
 * never applied.
 */
export class Checkout {
  readonly folder: string;
  private readonly copy: ProgramCopy;

  constructor() {
    mkdirSync(join(repository, ".rehearsal"), { recursive: true });
    this.folder = mkdtempSync(join(repository, ".rehearsal", "checkout-"));
    this.copy = copyProgram(this.folder);
    for (const stack of stackNames(this.folder)) rmSync(join(this.folder, stackFile(stack)));
    cpSync(firstLabFolder, this.folder, { recursive: true });
    mkdirSync(join(this.folder, ".state"));
  }

  /** Changes a file; throws if `change` changes nothing. */
  edit(file: string, change: (text: string) => string): void {
    this.copy.edit(file, change);
  }

  /**
   * Fills in, in the stack files of a project, what is personal: host keys, digests.
   * @param project its folder in the checkout
   */
  fillIn(project = "."): void {
    const folder = join(this.folder, project);
    for (const file of readdirSync(folder).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
      const text = readFileSync(join(folder, file), "utf8");
      const filled = text.replaceAll("@unpinned", `@sha256:${"0".repeat(64)}`).replaceAll(/\bunset$/gm, HOST_KEY);
      writeFileSync(join(folder, file), filled);
    }
  }

  /** Runs Pulumi in a project of the checkout and returns what came of it. */
  pulumi(args: readonly string[], project = ".", input = ""): Promise<Result> {
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${join(this.folder, ".state")}`,
      PULUMI_CONFIG_PASSPHRASE: "checkout",
    };
    const all = [...args, "--non-interactive", "--color", "never"];
    return attempt(process.env.HOMELAB_PULUMI ?? "pulumi", all, { cwd: join(this.folder, project), env, input });
  }

  remove(): void {
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true });
    if (readdirSync(dirname(this.folder)).length === 0) rmSync(dirname(this.folder), { recursive: true });
  }
}
