import { healthCommand, portNamed } from "../../lab/health.ts";
import type { PlacedWorkload } from "../../lab/model.ts";
import { commandLine, type Lab } from "../simulation/lab.ts";
import { expect, type Scene } from "./scene.ts";

/** Nobody is let in who is not named, not even with a certificate of the lab. */
export const strangers: Scene = {
  name: "strangers",
  title: "Strangers are refused: those without a certificate, and those whose certificate is another service's",
  look: "lab/certificates.ts; test/integration",
  async play({ lab, tell }) {
    const servers = lab
      .plan()
      .workloads.filter((workload) => portNamed(workload, workload.definition.health.port).access === "clients");
    expect(servers.length > 0, "No workload has a port for named clients.");
    for (const server of servers) {
      if (answersNobody(server)) {
        expect(await isLetIn(lab, server.host, server, "anonymous"), `${server.identity} does not answer as it should.`);
        tell(`${server.identity}: tells everybody but its host's Nginx that they may see nothing`);
        continue;
      }
      const other = lab.instance.hosts.find(({ name }) => name !== server.host);
      expect(other !== undefined, "There is one host only.");
      expect(await isLetIn(lab, server.host, server), `${server.identity} refuses its own host's health check.`);
      await expectReachable(lab, other.name, server);
      expect(
        !(await isLetIn(lab, other.name, server)),
        `${server.identity} lets in health.${other.name}, which is not among its clients.`,
      );
      expect(
        !(await isLetIn(lab, server.host, server, "anonymous")),
        `${server.identity} lets in a client without a certificate.`,
      );
      tell(`${server.identity}: its host's check is let in; without a certificate, or as health.${other.name}: refused`);
    }
  },
};

/** Whether it knows no certificates, only its Nginx: being told so is then the health check. */
function answersNobody({ definition: { health } }: PlacedWorkload): boolean {
  return health.kind === "https" && health.status === 401;
}

/** Asks the server from a host, with that host's health certificate or with none. */
async function isLetIn(lab: Lab, from: string, server: PlacedWorkload, anonymous?: "anonymous"): Promise<boolean> {
  const command = healthCommand(server);
  const arguments_ = anonymous === undefined ? command : without(command, "--cert", "--key");
  return (await lab.ssh(from, commandLine(arguments_))).status === 0;
}

/** A refusal only counts if the server could be reached at all. */
async function expectReachable(lab: Lab, from: string, server: PlacedWorkload): Promise<void> {
  const { address, number } = portNamed(server, server.definition.health.port);
  const { status } = await lab.ssh(from, `timeout 5 bash -c '</dev/tcp/${address}/${number}'`);
  expect(status === 0, `${from} does not reach ${address}:${number} at all; nothing can be said of who is let in.`);
}

/** A command without some options and their values. */
function without(command: readonly string[], ...options: readonly string[]): readonly string[] {
  return command.filter((word, index) => !options.includes(word) && !options.includes(command[index - 1] ?? ""));
}
