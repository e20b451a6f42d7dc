import { ChangeOfVersion, inSeconds } from "./change.ts";
import { expect, type Scene } from "./scene.ts";

/** A Pi that goes dark in the middle of a change comes back with the old version. */
export const cutInTheMiddle: Scene = {
  name: "cut-in-the-middle",
  title: "The power of a Pi goes in the middle of a change: it comes back with the old version, whole",
  look: "providers/workload/host/boot.py; on the Pi: journalctl -u homelab-settle",
  async play({ lab, tell }) {
    const change = new ChangeOfVersion(lab);
    const before = await change.image();
    change.declare("next");
    const client = await change.client();
    try {
      const { running } = await change.upUntil("waiting");
      tell("The new version has been started and is on trial. Now: no power.");
      await lab.cutPower(change.host);
      await lab.switchOn(change.host);
      await client.answered();
      expect((await change.image()) === before, `Another version than before serves: ${await change.image()}`);
      tell(`Power is back, the old version serves; a client had no answer for ${inSeconds(client.outage)}, the boot included.`);
      const { status } = await running.result;
      expect(status !== 0, "The interrupted `pulumi up` is said to have worked.");
      tell("The `pulumi up` that waited all the time has asked the host how it ended, and failed with that.");
      await lab.up(change.host);
      expect((await change.image()) !== before, "The next `pulumi up` did not bring the new version.");
      tell("The next `pulumi up` brings the new version.");
    } finally {
      await client.stop();
      lab.resetConfig();
    }
    await lab.up(change.host);
    expect((await lab.previewChanges(change.host, { refresh: true })).length === 0, "Afterwards the preview is not empty.");
  },
};
