import { describeChange } from "../simulation/changes.ts";
import { expect, type Scene } from "./scene.ts";

/** A line of the program, whatever the person made of it: the README changes it too. */
export const ONE_LINE = { file: "lab/workloads/prometheus-config.ts", text: /scrape_interval: "\w+"/ };
const changed = 'scrape_interval: "29s"';

/** The smallest change there is, made in a second checkout, so that this one stays as it is. */
export const oneLine: Scene = {
  name: "one-line",
  title: "One changed line of Prometheus' configuration changes one thing, and Prometheus takes it without a restart",
  look: "npm run lab -- preview --stack starbuck --diff; providers/workload",
  async play({ lab, tell }) {
    const host = lab.plan().workloads.find(({ name }) => name === "prometheus")?.host;
    expect(host !== undefined, "There is no Prometheus in the placement.");
    const containerId = () => lab.on(host, "podman inspect --format {{.Id}} prometheus");
    const before = await containerId();
    const copy = lab.useCopyOfProgram();
    try {
      expect((await lab.previewChanges(host)).length === 0, "From a second checkout at another path the preview is not empty.");
      tell("A preview from a second checkout is empty.");
      copy.edit(ONE_LINE.file, (text) => text.replace(ONE_LINE.text, changed));
      const changes = await lab.previewChanges(host);
      tell(`${changed}: ${changes.map(describeChange).join("; ")}`);
      expect(
        changes.length === 1 && changes[0]?.name === "prometheus",
        `One change was expected:\n${changes.map(describeChange).join("\n")}`,
      );
      await lab.up(host);
      expect((await containerId()) === before, "Prometheus was restarted; a signal would have done.");
      const now = await lab.on(host, "cat /var/lib/homelab/config/prometheus/current/prometheus.yml");
      expect(now.includes("scrape_interval: 29s"), "The changed line is not on the host.");
      tell("Applied; the same container runs on with the new line.");
    } finally {
      lab.resetConfig();
    }
    await lab.up(host);
    expect((await lab.previewChanges(host)).length === 0, "After taking the line back the preview is not empty.");
    tell("Taken back.");
  },
};
