import { healthCommand } from "../../lab/health.ts";
import type { Variant } from "../simulation/images.ts";
import { commandLine } from "../simulation/lab.ts";
import { repositoryOf } from "../simulation/project.ts";
import { expect, NotRehearsed, type Scene } from "./scene.ts";

const workload = "mosquitto";
const bad: readonly (readonly [Variant, string])[] = [
  ["ends", "a version that ends at once"],
  ["silent", "a version that runs and never answers"],
];

/** A bad version goes back by itself. */
export const badVersion: Scene = {
  name: "bad-version",
  title: "A bad version of Mosquitto goes back by itself: the old one serves, the update fails and says why",
  look: "providers/workload/host; on the Pi: journalctl CONTAINER_NAME=mosquitto",
  async play({ lab, tell }) {
    const placed = lab.plan().workloads.find(({ name }) => name === workload);
    const image = lab.images(placed?.host ?? "")[workload];
    expect(placed !== undefined && image !== undefined, `There is no ${workload} in the placement.`);
    if (!lab.catalogue.hasVersions(repositoryOf(image))) throw new NotRehearsed(`There is no bad version of ${image} here.`);
    const runningImage = () => lab.on(placed.host, `podman inspect --format '{{.ImageName}}' ${workload}`);
    const before = await runningImage();
    for (const [variant, words] of bad) {
      lab.setImage(placed.host, workload, lab.catalogue.version(repositoryOf(image), variant));
      try {
        const result = await lab.pulumi(["up", "--yes", "--skip-preview", "--stack", placed.host]);
        expect(result.status !== 0, `The update to ${words} is said to have worked.`);
        const healthy = (await lab.ssh(placed.host, commandLine(healthCommand(placed)))).status === 0;
        expect(healthy, `After ${words}, ${workload} does not answer any more.`);
        expect((await runningImage()) === before, `After ${words}, another image runs: ${await runningImage()}`);
        tell(`${words}: the update failed, the old version serves`);
      } finally {
        lab.resetConfig();
      }
    }
    await lab.up(placed.host);
    expect((await lab.previewChanges(placed.host, { refresh: true })).length === 0, "Afterwards the preview is not empty.");
  },
};
