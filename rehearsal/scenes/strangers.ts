import { healthCommand, portNamed } from "../../lab/health.ts";
import type { PlacedWorkload, PlannedHost } from "../../lab/model.ts";
import { HEALTH_TLS } from "../../lab/paths.ts";
import { commandLine, type Lab } from "../simulation/lab.ts";
import { expect, type Scene } from "./scene.ts";

/** Nobody is let in who is not named, not even with a certificate of the lab. */
export const strangers: Scene = {
  name: "strangers",
  title: "Strangers are refused: those without a certificate, and those whose certificate is another service's",
  look: "lab/certificates.ts; docs/certificates.md",
  async play({ lab, tell }) {
    const { workloads, hosts } = lab.plan();
    const named = workloads.filter(asksForCertificates);
    expect(named.length > 0, "No workload has a port for named clients.");
    for (const server of [...named.filter((workload) => !answersNobody(workload)).map(serverOf), ...hosts.map(nodeExporterOf)]) {
      const other = await expectStrangersRefused(lab, server);
      tell(`${server.identity}: its host's check is let in; without a certificate, or as health.${other}: refused`);
    }
    for (const server of named.filter(answersNobody)) {
      await expectNobodyLetIn(lab, server);
      tell(`${server.identity}: tells everybody but its host's Nginx, which has the password, that they may see nothing`);
    }
  },
};

/** A server of the lab, and the command by which a host asks it with its health certificate. */
interface Server {
  readonly host: string;
  readonly identity: string;
  readonly address: string;
  readonly port: number;
  readonly ask: readonly string[];
}

function serverOf(workload: PlacedWorkload): Server {
  const { host, identity, definition } = workload;
  const { address, number } = portNamed(workload, definition.health.port);
  return { host, identity, address, port: number, ask: healthCommand(workload) };
}

/** node_exporter is no workload: no health check asks it, but Prometheus. */
function nodeExporterOf({ name, config: { address }, nodeExporter: { identity, port } }: PlannedHost): Server {
  const tls = ["--cacert", HEALTH_TLS.ca, "--cert", HEALTH_TLS.certificate, "--key", HEALTH_TLS.key];
  const where = ["--resolve", `${identity}:${port}:${address}`, "--output", "/dev/null", `https://${identity}:${port}/metrics`];
  return { host: name, identity, address, port, ask: ["curl", "--silent", "--fail", "--max-time", "5", ...tls, ...where] };
}

function asksForCertificates(workload: PlacedWorkload): boolean {
  return portNamed(workload, workload.definition.health.port).access === "clients";
}

/** Whether it knows no certificates, only its Nginx: being told so is then the health check. */
function answersNobody({ definition: { health } }: PlacedWorkload): boolean {
  return health.kind === "https" && health.status === 401;
}

/** @returns the host whose certificate is a stranger's here */
async function expectStrangersRefused(lab: Lab, server: Server): Promise<string> {
  const { host, identity, ask } = server;
  const other = lab.instance.hosts.find(({ name }) => name !== host)?.name;
  expect(other !== undefined, "There is one host only.");
  expect(await succeeds(lab, host, ask), `${identity} refuses its own host's health check.`);
  await expectReachable(lab, other, server);
  expect(!(await succeeds(lab, other, ask)), `${identity} lets in health.${other}, which is not among its clients.`);
  expect(!(await succeeds(lab, host, anonymously(ask))), `${identity} lets in a client without a certificate.`);
  return other;
}

/** From each host, with a certificate or without, and whatever they ask for: a repository, say. */
async function expectNobodyLetIn(lab: Lab, server: PlacedWorkload): Promise<void> {
  for (const { name } of lab.instance.hosts) {
    for (const ask of [healthCommand(server), anonymously(healthCommand(server))]) {
      for (const path of ["", ...lab.instance.hosts.map((host) => `${host.name}/config`)]) {
        expect(
          await succeeds(lab, name, [...ask.slice(0, -1), ask.at(-1) + path]),
          `${server.identity} tells ${name} what is at /${path}.`,
        );
      }
    }
  }
}

async function succeeds(lab: Lab, from: string, command: readonly string[]): Promise<boolean> {
  return (await lab.ssh(from, commandLine(command))).status === 0;
}

/** A refusal only counts if the server could be reached at all. */
async function expectReachable(lab: Lab, from: string, { address, port }: Server): Promise<void> {
  const { status } = await lab.ssh(from, `timeout 5 bash -c '</dev/tcp/${address}/${port}'`);
  expect(status === 0, `${from} does not reach ${address}:${port} at all; nothing can be said of who is let in.`);
}

/** The same command by somebody without a certificate. */
function anonymously(command: readonly string[]): readonly string[] {
  const without = ["--cert", "--key"];
  return command.filter((word, index) => !without.includes(word) && !without.includes(command[index - 1] ?? ""));
}
