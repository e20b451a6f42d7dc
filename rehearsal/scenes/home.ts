/** What the scenes of the home network share. */
import { describeChange } from "../simulation/changes.ts";
import type { Lab } from "../simulation/lab.ts";
import { countSsh } from "../simulation/ssh-log.ts";
import { expect } from "./scene.ts";

/** The home network of a lab, by the stack that it belongs to. */
export class Home {
  readonly stack: string;
  private readonly lab: Lab;

  constructor(lab: Lab) {
    this.lab = lab;
    this.stack = lab.plan().config.primary;
  }

  /** Lets `play` have both routers, set up by the lab, and takes them away afterwards. In a flat network, if nothing is said. */
  async withRouters(play: () => Promise<void>, home?: Parameters<Lab["addRouters"]>[0]): Promise<void> {
    try {
      // One that a failed scene left is not fresh from its box.
      await this.lab.removeRouters();
      await this.lab.addRouters(home);
      await this.lab.up(this.stack);
      await play();
    } finally {
      this.lab.resetConfig();
      await this.lab.up(this.stack);
      await this.lab.removeRouters();
    }
  }

  /** Changes one value of the network or of a router. */
  set(key: "network" | "routers", path: readonly string[], value: unknown): void {
    this.lab.editProject((document) => {
      document.setIn(
        ["config", `homelab:${key}`, "value", ...path],
        document.createNode(value, { aliasDuplicateObjects: false }),
      );
    });
  }

  /** Runs Pulumi, which has to succeed; how many sessions each router had of it. */
  async sessions(...args: readonly string[]): Promise<string> {
    const { result, calls } = await countSsh(this.lab, [...args, "--stack", this.stack]);
    expect(result.status === 0, `pulumi ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
    const counts = this.lab.instance.routers.map(
      ({ name, address }) => `${name} ${calls.filter((call) => call.address === address).length}`,
    );
    return counts.join(", ");
  }

  /** The lines of a preview that name an option of a router, as a person reads them; of a list only that it differs. */
  async previewLines(): Promise<readonly string[]> {
    const { status, stdout, stderr } = await this.lab.pulumi(["preview", "--diff", "--stack", this.stack]);
    expect(status === 0, `The preview failed:\n${stdout}\n${stderr}`);
    const option = /^ *([+~-] [a-z-]+\.\w+\.\w+) *: (.*)$/;
    const lines = stdout.split("\n").flatMap((line) => option.exec(line)?.slice(1).join(": ") ?? []);
    return lines.map((line) => line.replace(/\[$/, "[…]"));
  }

  /** `up`, which has to fail; what it said. */
  async failedUp(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.lab.pulumi(["up", "--yes", "--skip-preview", "--stack", this.stack, ...args]);
    expect(status !== 0, `The update is said to have worked:\n${stdout}`);
    return `${stdout}\n${stderr}`;
  }

  /** Fails unless the routers have what is declared. */
  async expectAsDeclared(): Promise<void> {
    const changes = await this.lab.previewChanges(this.stack, { refresh: true });
    expect(changes.length === 0, `A preview with --refresh would change:\n${changes.map(describeChange).join("\n")}`);
  }
}
