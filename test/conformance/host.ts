/**
 * The host of the docker tests: a simulated Pi of the rehearsal, unless the environment names another:
 * - HOMELAB_CONFORMANCE_HOST: user@host[:port], with podman and a `docker` that runs it; the `ssh` on PATH logs in. **These
 *   tests remove all its images and containers.**
 * - HOMELAB_CONFORMANCE_IMAGE: two different images "<repository>:1,<repository>:2" in a registry that the host may push to.
 */
import { execFile } from "node:child_process";
import * as net from "node:net";
import * as path from "node:path";
import { hold } from "../support/lock.ts";
import { removeSimulatedHost, startSimulatedHost } from "./simulated-host.ts";

/** No questions, and no trace in the user's files. The port goes before the address. */
const sshOptions = [
  "-o",
  "StrictHostKeyChecking=no",
  "-o",
  "UserKnownHostsFile=/dev/null",
  "-o",
  "LogLevel=ERROR",
  "-o",
  "BatchMode=yes",
];

/** What is missing for a host, for people; undefined when all is there. With CI=true it throws that instead. */
export function missingHost(): string | undefined {
  if (isGiven() || process.getuid?.() === 0) return undefined;
  const lacks = "a simulated Pi needs root, and HOMELAB_CONFORMANCE_HOST and HOMELAB_CONFORMANCE_IMAGE name no other host";
  if (process.env.CI === "true") throw new Error(lacks);
  return lacks;
}

function isGiven(): boolean {
  return (process.env.HOMELAB_CONFORMANCE_HOST ?? "") !== "" && (process.env.HOMELAB_CONFORMANCE_IMAGE ?? "") !== "";
}

/** The host and its two images. */
export class Host {
  readonly address: string;
  readonly name: string;
  readonly port: number;
  readonly user: string;
  readonly images: readonly [string, string];
  /** The images' name without a tag. */
  readonly repository: string;
  private readonly simulated: boolean;

  private constructor(address: string, images: readonly [string, string], simulated: boolean) {
    const match = /^([^@]+)@([^:]+)(?::(\d+))?$/.exec(address);
    if (match === null) throw new Error(`HOMELAB_CONFORMANCE_HOST is not user@host[:port]: ${address}`);
    this.address = address;
    this.user = match[1] ?? "";
    this.name = match[2] ?? "";
    this.port = Number(match[3] ?? 22);
    this.images = images;
    this.repository = images[0].slice(0, images[0].lastIndexOf(":"));
    this.simulated = simulated;
  }

  /** The host of the environment, or a simulated one, which takes half a minute. From then on `ssh` on PATH logs in there. */
  static async start(): Promise<Host> {
    // Another file would remove this one's images, and begin with a new host where it is a simulated one.
    await hold("conformance");
    if (isGiven()) {
      const [first = "", second = ""] = (process.env.HOMELAB_CONFORMANCE_IMAGE ?? "").split(",");
      return new Host(process.env.HOMELAB_CONFORMANCE_HOST ?? "", [first, second], false);
    }
    const { address, images, sshFolder } = await startSimulatedHost();
    process.env.PATH = `${sshFolder}${path.delimiter}${process.env.PATH}`;
    return new Host(address, images, true);
  }

  /** Leaves the host as it was, less its images. */
  async stop(): Promise<void> {
    await (this.simulated ? removeSimulatedHost() : this.clear());
  }

  /** The provider's configuration for this host, and the images by the numbers of the recordings, which have three. */
  get config(): Record<string, string> {
    const [first, second] = this.images;
    return {
      host: `ssh://${this.address}`,
      sameHost: `ssh://${this.user}@${this.name}${this.port === 22 ? ":22" : `:${this.port}/`}`,
      sshOpts: JSON.stringify(sshOptions),
      repository: this.repository,
      image1: first,
      image2: second,
      image3: first,
    };
  }

  /** What the recordings' placeholders stand for here. */
  get placeholders(): Record<string, string> {
    const [first, second] = this.images;
    return {
      "<registry>/lab/app:1": first,
      "<registry>/lab/app:2": second,
      "<registry>/lab/app:3": first,
      "<registry>/lab/nosuch:1": `${this.repository}-nosuch:1`,
      "<registry>/lab/moving": `${this.repository}-moving`,
      "<registry>/lab/app": this.repository,
    };
  }

  /** Runs a shell script on the host, and returns the lines that it printed; it throws when the script fails. */
  async run(script: string): Promise<string[]> {
    const args = [...sshOptions, "-p", String(this.port), `${this.user}@${this.name}`, script];
    const text = await new Promise<string>((resolve, reject) => {
      execFile("ssh", args, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${script}: ${stderr}`)),
      );
    });
    return text.split("\n").filter((line) => line !== "");
  }

  /** Names and ids of the images on the host, as the recordings list them. */
  async imageList(): Promise<string[]> {
    return await this.run("podman images --format '{{.Repository}}:{{.Tag}} {{.ID}}'");
  }

  /** Removes all images and containers of earlier tests. */
  async clear(): Promise<void> {
    await this.run("podman rm -af >/dev/null; podman rmi -af >/dev/null");
  }
}

/** A port of this machine that leads to the host's sshd, until it is closed: then connections are refused. */
export class Door {
  private server: net.Server | undefined;
  private readonly sockets = new Set<net.Socket>();
  private readonly host: Host;
  /** 0 until it was opened for the first time; then it stays the same. */
  port = 0;

  constructor(host: Host) {
    this.host = host;
  }

  async open(): Promise<void> {
    const server = net.createServer((near) => {
      const far = net.connect(this.host.port, this.host.name);
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => this.sockets.delete(socket));
      }
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as net.AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
    this.server = undefined;
  }
}
