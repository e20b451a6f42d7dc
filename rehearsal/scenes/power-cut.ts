import { healthCommand } from "../../lab/health.ts";
import { waitFor } from "../../operations/shell.ts";
import { commandLine } from "../simulation/lab.ts";
import { expect, type Scene } from "./scene.ts";

/** A Pi without power is a Pi that comes back. */
export const powerCut: Scene = {
  name: "power-cut",
  title: "The power of a Pi goes, and comes back: everything is there again by itself",
  look: "providers/workload/quadlet.ts; on the Pi: systemctl list-units",
  async play({ lab, tell }) {
    for (const { name } of lab.instance.hosts) {
      await lab.cutPower(name);
      expect((await lab.ssh(name, "true")).status !== 0, `${name} still answers without power.`);
      const start = Date.now();
      await lab.switchOn(name);
      const workloads = lab.plan().workloads.filter(({ host }) => host === name);
      for (const workload of workloads) {
        await waitFor(`${workload.name} answers on ${name} after the power cut`, 60, async () => {
          const { status } = await lab.ssh(name, commandLine(healthCommand(workload)));
          return status === 0 || undefined;
        });
      }
      tell(`${name}: ${workloads.length} workloads answer ${Math.round((Date.now() - start) / 1000)} s after the power is back`);
      expect(
        (await lab.previewChanges(name, { refresh: true })).length === 0,
        `${name} is not as it was: preview --refresh is not empty.`,
      );
    }
  },
};
