import { healthCommand } from "../../lab/health.ts";
import { waitFor } from "../../operations/shell.ts";
import { commandLine } from "../simulation/lab.ts";
import { expect, type Scene } from "./scene.ts";

interface Target {
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

/** Prometheus reaches all that it should, by mutual TLS. */
export const mutualTls: Scene = {
  name: "mutual-tls",
  title: "Prometheus measures both hosts and itself, each connection with certificates on both sides",
  look: "lab/workloads/prometheus-config.ts; lab/certificates.ts",
  async play({ lab, tell }) {
    const prometheus = lab.plan().workloads.find(({ name }) => name === "prometheus");
    expect(prometheus !== undefined, "There is no Prometheus in the placement.");
    const command = healthCommand(prometheus);
    // The health check's command with another path: same identity, same verification of the server.
    const ask = [
      ...command.slice(0, -3),
      `https://${prometheus.identity}:${prometheus.ports[0]?.number}/api/v1/targets?state=active`,
    ];
    const targets = await waitFor("Prometheus has measured everything once", 90, async () => {
      const answer: { data: { activeTargets: readonly Target[] } } = JSON.parse(await lab.on(prometheus.host, commandLine(ask)));
      const found = answer.data.activeTargets;
      return found.some(({ health }) => health === "unknown") ? undefined : found;
    });
    for (const { scrapeUrl, health, lastError } of targets) {
      tell(`${scrapeUrl}: ${health}`);
      expect(scrapeUrl.startsWith("https://"), `${scrapeUrl} is asked without TLS.`);
      expect(health === "up", `Prometheus cannot measure ${scrapeUrl}: ${lastError}`);
    }
    for (const { name } of lab.plan().hosts) {
      expect(
        targets.some(({ scrapeUrl }) => scrapeUrl.includes(`node-exporter.${name}.`)),
        `Prometheus does not measure the host ${name}.`,
      );
    }
  },
};
