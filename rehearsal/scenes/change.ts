/** A change of version for the scenes in which something happens in the middle of it. */
import { portNamed } from "../../lab/health.ts";
import { type Running, waitFor } from "../../operations/shell.ts";
import { Client } from "../simulation/client.ts";
import type { Variant } from "../simulation/images.ts";
import type { Lab } from "../simulation/lab.ts";
import { repositoryOf } from "../simulation/project.ts";
import { expect, NotRehearsed } from "./scene.ts";

/** The host's program waits for as long as a file with the name of a phase lies here: only a rehearsal makes one. */
export const HOLD = "/run/homelab/hold";

/** A workload of the rehearsal, its versions, and a client that watches it. */
export class ChangeOfVersion {
  readonly workload: string;
  readonly host: string;
  private readonly lab: Lab;
  private readonly repository: string;
  private readonly endpoint: { readonly address: string; readonly number: number };

  /** @throws NotRehearsed where there are no versions of it */
  constructor(lab: Lab, workload = "mosquitto") {
    this.workload = workload;
    const placed = lab.plan().workloads.find(({ name }) => name === this.workload);
    const image = placed === undefined ? undefined : lab.images(placed.host)[this.workload];
    expect(placed !== undefined && image !== undefined, `There is no ${this.workload} in the placement.`);
    this.lab = lab;
    this.host = placed.host;
    this.repository = repositoryOf(image);
    this.endpoint = portNamed(placed, placed.definition.health.port);
    if (!lab.catalogue.hasVersions(this.repository)) throw new NotRehearsed(`There are no other versions of ${image} here.`);
  }

  /** Declares a version; until `lab.resetConfig()`. */
  declare(variant: Variant): void {
    this.lab.setImage(this.host, this.workload, this.lab.catalogue.version(this.repository, variant));
  }

  /** A client that has its first answer. */
  async client(): Promise<Client> {
    const client = new Client(this.endpoint.address, this.endpoint.number);
    await client.answered();
    return client;
  }

  /** `pulumi up`, whatever comes of it. */
  up(): ReturnType<Lab["pulumi"]> {
    return this.lab.pulumi(this.upArguments());
  }

  /** Starts `pulumi up` and returns when the host's transaction stands right before a phase; `goOn` lets it go on. */
  async upUntil(phase: string): Promise<{ readonly running: Running; readonly goOn: () => Promise<string> }> {
    await this.lab.on(this.host, `mkdir -p ${HOLD} && touch ${HOLD}/${phase}`);
    const running = this.lab.launchPulumi(this.upArguments());
    await waitForPhase(this.lab, this.host, phase);
    return { running, goOn: () => this.lab.on(this.host, `rm -rf ${HOLD}`) };
  }

  /** The image that runs. */
  image(): Promise<string> {
    return this.inspect("{{.ImageName}}");
  }

  /** The container that runs: another one after each restart. */
  container(): Promise<string> {
    return this.inspect("{{.Id}}");
  }

  private inspect(format: string): Promise<string> {
    return this.lab.on(this.host, `podman inspect --format '${format}' ${this.workload}`);
  }

  private upArguments(): readonly string[] {
    return ["up", "--yes", "--skip-preview", "--stack", this.host];
  }
}

/** Waits until a host's transaction stands right before a phase that it is held at. */
export async function waitForPhase(lab: Lab, host: string, phase: string): Promise<void> {
  await waitFor(`the transaction comes to "${phase}"`, 120, async () => {
    const { status } = await lab.ssh(host, `test -e ${HOLD}/${phase}.reached`);
    return status === 0 || undefined;
  });
}

/** `1.2 s`, as scenes tell it. */
export function inSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}
