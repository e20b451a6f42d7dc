import { delimiter } from "node:path";
import { performance } from "node:perf_hooks";
import { ensureControlDirectory, runOnHost, type SshTarget } from "../providers/ssh.ts";
import type { UciInputs } from "../providers/uci/inputs.ts";
import * as provider from "../providers/uci/provider.ts";
import type { Lab } from "../rehearsal/simulation/lab.ts";
import { atSerialPort, routerOf } from "../rehearsal/simulation/router.ts";
import { hostKey, shimFolder } from "../rehearsal/simulation/ssh.ts";
import type { Bench } from "./lab.ts";
import { type Figures, median } from "./measure.ts";

/** The router that is measured. */
export const ROUTER = "apollo";

/** How many settings, and how often that is measured. */
const SIZES = [
  { settings: 10, rounds: 5 },
  { settings: 100, rounds: 3 },
  { settings: 1000, rounds: 1 },
] as const;

/** What something took. */
interface Cost {
  readonly milliseconds: number;
  readonly bytes: number;
}

/** Ours over one command for each setting. */
interface Ratios {
  readonly diff: Cost;
  readonly apply: Cost;
  /** Of both together, in time. */
  readonly all: number;
}

/**
 * Our provider over one command for each setting, on the same shared connection: finding out what the router has, and changing
 * all of it. Ours waits for the services, reads back and confirms, none of which the commands do.
 */
export async function oneByOneFigures({ lab }: Bench): Promise<Figures> {
  const device = new Device(lab);
  const path = process.env.PATH;
  process.env.PATH = `${shimFolder(lab.instance)}${delimiter}${path}`;
  ensureControlDirectory();
  const figures: [name: string, value: number][] = [];
  try {
    for (const { settings, rounds } of SIZES) {
      const ratios = await device.ratios(settings, rounds);
      const over = (of: (ratios: Ratios) => number) => median(ratios.map(of));
      figures.push(
        [settings === 1000 ? "uci_vs_one_by_one" : `uci_vs_one_by_one_${settings}`, over(({ all }) => all)],
        [`uci_diff_vs_one_by_one_${settings}`, over(({ diff }) => diff.milliseconds)],
        [`uci_apply_vs_one_by_one_${settings}`, over(({ apply }) => apply.milliseconds)],
        [`uci_diff_bytes_vs_one_by_one_${settings}`, over(({ diff }) => diff.bytes)],
        [`uci_apply_bytes_vs_one_by_one_${settings}`, over(({ apply }) => apply.bytes)],
      );
    }
  } finally {
    process.env.PATH = path;
  }
  return Object.fromEntries(figures.map(([name, value]) => [name, { value, unit: "ratio", goal: null }]));
}

/** The router, as both ways reach it. */
class Device {
  private readonly lab: Lab;
  private readonly target: SshTarget;

  constructor(lab: Lab) {
    this.lab = lab;
    const router = routerOf(lab.instance, ROUTER);
    const key = hostKey(lab.instance, router);
    this.target = { name: ROUTER, address: router.address, port: 22, hostKey: key, kind: "router" };
  }

  /** Both ways, in turns: each finds the router as the other left it. */
  async ratios(settings: number, rounds: number): Promise<readonly Ratios[]> {
    const [one, other] = [this.names(settings, 1), this.names(settings, 2)];
    const { outs } = await provider.create(one);
    const ratios: Ratios[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const [diff, singleDiff] = [
        await this.cost(() => provider.read(ROUTER, outs)),
        await this.cost(() => this.commands(Object.keys(one.settings).map((place) => ["uci", "get", place]))),
      ];
      const [apply, singleApply] = [
        await this.cost(() => provider.update(ROUTER, outs, other)),
        await this.cost(() => this.setOneByOne(one.settings)),
      ];
      const all = (diff.milliseconds + apply.milliseconds) / (singleDiff.milliseconds + singleApply.milliseconds);
      ratios.push({ diff: over(diff, singleDiff), apply: over(apply, singleApply), all });
    }
    await provider.delete(ROUTER, outs);
    return ratios;
  }

  private async setOneByOne(settings: UciInputs["settings"]): Promise<void> {
    await this.commands(Object.entries(settings).map(([place, value]) => ["uci", "set", `${place}=${value}`]));
    await this.commands([["uci", "commit", "dhcp"], ["reload_config"]]);
  }

  private async commands(commands: readonly (readonly string[])[]): Promise<void> {
    for (const command of commands) {
      const { status, stderr } = await runOnHost(this.target, command);
      if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
    }
  }

  private async cost(act: () => Promise<unknown>): Promise<Cost> {
    const before = await bytesOnCable(this.lab, ROUTER);
    const started = performance.now();
    await act();
    const milliseconds = performance.now() - started;
    return { milliseconds, bytes: (await bytesOnCable(this.lab, ROUTER)) - before };
  }

  /** Names in the DNS, each with two settings; of another version all addresses are others. */
  private names(settings: number, version: number): UciInputs {
    const places = Array.from({ length: settings / 2 }, (_, index) => `dhcp.bench${index}`);
    return {
      device: this.target,
      sections: Object.fromEntries(places.map((place) => [place, { type: "domain" }])),
      settings: Object.fromEntries(
        places.flatMap((place, index) => [
          [`${place}.name`, `bench${index}-${version}.example`],
          [`${place}.ip`, `10.${version}.${Math.floor(index / 250)}.${1 + (index % 250)}`],
        ]),
      ),
      ...{ absent: {}, secrets: {}, order: {}, software: [], probes: [], changedSecrets: [], found: {}, interrupts: "" },
      ...{ confirmWithinSeconds: 60, released: "remove", allowManagementPathChange: false },
    };
  }
}

function over(one: Cost, other: Cost): Cost {
  return { milliseconds: one.milliseconds / other.milliseconds, bytes: one.bytes / other.bytes };
}

/** What has gone over a router's cable so far, in both directions: ssh's own words too. */
export async function bytesOnCable(lab: Lab, router: string): Promise<number> {
  const { stdout } = await atSerialPort(routerOf(lab.instance, router), "grep lan1: /proc/net/dev");
  const [received, , , , , , , , sent] = stdout.replace(/^.*:/, "").trim().split(/\s+/).map(Number);
  if (received === undefined || sent === undefined) throw new Error(`${router} does not say what went over its cable.`);
  return received + sent;
}
