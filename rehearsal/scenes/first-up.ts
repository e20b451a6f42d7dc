import { expect, type Scene } from "./scene.ts";

/** Empty Pis become the lab. */
export const firstUp: Scene = {
  name: "first-up",
  title: "Two Pis as they come from the imager become the lab: `pulumi up` of each stack, in order",
  foundation: true,
  look: "index.ts; npm run lab -- stack --stack adama",
  async play({ lab, tell }) {
    for (const { name, address } of lab.instance.hosts) {
      tell(`${name} (${address}): pulumi up --stack ${name}`);
      await lab.up(name);
      const running = await lab.on(name, "podman ps --filter label=homelab.workload --format {{.Names}}");
      const workloads = lab.plan().workloads.filter(({ host }) => host === name);
      for (const workload of workloads)
        expect(running.split("\n").includes(workload.name), `${workload.name} does not run on ${name}.`);
      tell(`runs now: ${workloads.map((workload) => workload.name).join(", ")}`);
    }
  },
};
