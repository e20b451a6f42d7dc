import type { Variant } from "../simulation/images.ts";
import { ChangeOfVersion, inSeconds } from "./change.ts";
import { expect, type Scene } from "./scene.ts";

const bad: readonly (readonly [Variant, string])[] = [
  ["ends", "a version that ends at once"],
  ["silent", "a version that runs and never answers"],
];

/** A bad version goes back by itself. */
export const badVersion: Scene = {
  name: "bad-version",
  title: "A bad version of Mosquitto goes back by itself: the old one serves, the update fails and says why",
  look: "providers/workload/host; on the Pi: journalctl -u mosquitto",
  async play({ lab, tell }) {
    const change = new ChangeOfVersion(lab);
    const before = await change.image();
    for (const [variant, words] of bad) {
      change.declare(variant);
      const client = await change.client();
      try {
        const result = await change.up();
        expect(result.status !== 0, `The update to ${words} is said to have worked.`);
        await client.answered();
        expect((await change.image()) === before, `After ${words}, another image runs: ${await change.image()}`);
        tell(`${words}: the update failed, the old version serves; a client had no answer for ${inSeconds(client.outage)}`);
      } finally {
        await client.stop();
        lab.resetConfig();
      }
    }
    await lab.up(change.host);
    expect((await lab.previewChanges(change.host, { refresh: true })).length === 0, "Afterwards the preview is not empty.");
  },
};
