import { attempt, descendants, waitFor } from "../../operations/shell.ts";
import { ChangeOfVersion, inSeconds } from "./change.ts";
import { expect, type Scene } from "./scene.ts";

/** The connection only watches: whoever dies at this end, the host takes the change to its end. */
export const killedEngine: Scene = {
  name: "killed-engine",
  title: "Pulumi is killed in the middle of a change: the host takes it to its end alone, nothing is done twice",
  look: "docs/design.md; on the Pi: journalctl -u homelab-txn-mosquitto",
  async play({ lab, tell }) {
    const change = new ChangeOfVersion(lab);
    const before = await change.container();
    change.declare("next");
    const client = await change.client();
    try {
      const { running, goOn } = await change.upUntil("waiting");
      tell("The new version has been started and is on trial. Now: kill -9 of Pulumi.");
      const plugins = descendants(running.pid);
      running.kill("SIGKILL");
      await running.result;
      // Nobody else ends the plugins of an engine that was killed: they would be there for ever.
      await attempt("kill", plugins.map(String));
      await goOn();
      await waitFor("the host has ended the transaction", 60, async () => {
        const { status } = await lab.ssh(change.host, `test ! -e /var/lib/homelab/journal/${change.workload}`);
        return status === 0 || undefined;
      });
      const after = await change.container();
      expect(after !== before, "The new version does not run.");
      tell(`Nobody watched, and the new version is confirmed; a client had no answer for ${inSeconds(client.outage)}.`);
      // What Pulumi does with a lock of a dead process, by its own message.
      await lab.pulumi(["cancel", "--yes", "--stack", change.host]);
      tell("`pulumi cancel` takes away the lock that the dead Pulumi left. Then `pulumi up` again:");
      await lab.up(change.host);
      expect((await change.container()) === after, "The second `pulumi up` restarted what was right already.");
      expect((await lab.previewChanges(change.host, { refresh: true })).length === 0, "Afterwards the preview is not empty.");
      tell("it notes what the host had done, and restarts nothing; the preview is empty.");
    } finally {
      await client.stop();
      lab.resetConfig();
    }
    await lab.up(change.host);
  },
};
