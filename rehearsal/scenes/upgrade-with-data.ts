import { Client } from "../simulation/client.ts";
import type { Lab } from "../simulation/lab.ts";
import { Ledger } from "../simulation/ledger.ts";
import { HOLD, inSeconds, waitForPhase } from "./change.ts";
import { expect, type Scene } from "./scene.ts";

const ROWS = ["bread 3.20", "milk 1.10"];
const PASSWORD = "/etc/homelab/backup/password";

/** An upgrade that migrates a database: saved first, and gone back from with all its rows. */
export const upgradeWithData: Scene = {
  name: "upgrade-with-data",
  title: "A version that changes its database: saved before, taken back with its data where it fails, by power cut too",
  look: "providers/workload/host/data.py; on the Pi: homelab snapshots, homelab-status",
  async play({ lab, tell }) {
    const host = lab.plan().hosts.at(-1)?.name ?? "";
    const ledger = await Ledger.on(lab, host);
    await lab.up(host);
    for (const row of ROWS) await ledger.write(row);
    try {
      await serves(ledger, "1");
      tell("A ledger serves two rows. Its version 2 changes the schema, and version 1 refuses a database of version 2.");

      ledger.declare("2");
      await failsToBackUp(lab, ledger);
      tell("The repository's password is wrong: no backup, so no upgrade. The same container goes on.");

      ledger.declare("2-sick");
      const failed = await upFails(lab, ledger);
      expect(failed.includes("did not become healthy"), failed);
      await serves(ledger, "1");
      tell("A version that migrates and never answers: the old one serves again, on its data of before, with every row.");

      const before = await lab.on(host, `podman inspect --format '{{.Id}}' ${ledger.workload}`);
      const held = await upFails(lab, ledger);
      expect(held.includes(`npm run release -- ${host} ${ledger.workload}`), held);
      const after = await lab.on(host, `podman inspect --format '{{.Id}}' ${ledger.workload}`);
      expect(after === before, "A version that is held was tried again.");
      tell("Asked for again it is refused before anything is stopped: it is held until a person releases it.");

      ledger.declare("1");
      // The state has the image that was pulled for the version that failed; the workload itself is as declared.
      const left = await lab.previewChanges(host);
      expect(
        left.every(({ type }) => type === "docker:index/remoteImage:RemoteImage"),
        `With the old version declared again, more than its image would change: ${JSON.stringify(left)}`,
      );
      await lab.up(host);
      const still = await lab.on(host, `podman inspect --format '{{.Id}}' ${ledger.workload}`);
      expect(still === before, "With the old version declared again, it was restarted.");
      expect((await lab.previewChanges(host)).length === 0, "With the old version applied again, the preview is not empty.");

      ledger.declare("2");
      await cutInTheMigration(lab, ledger);
      await serves(ledger, "1");
      tell("Power cut in the middle of the migration, with the other Pi off: the old version came back with its data.");

      const client = new Client(ledger.endpoint.address, ledger.endpoint.number);
      await client.answered();
      await lab.up(host);
      await client.answered();
      await client.stop();
      await serves(ledger, "2");
      const { stdout } = await lab.pulumi(["stack", "export", "--stack", host]);
      expect(stdout.includes('"restorePoint"'), "The state names no restore point.");
      expect((await lab.previewChanges(host, { refresh: true })).length === 0, "After the upgrade the preview is not empty.");
      tell(`The upgrade: version 2 has migrated every row. A client had no answer for ${inSeconds(client.outage)}.`);
    } finally {
      await ledger.remove();
    }
  },
};

async function serves(ledger: Ledger, version: string): Promise<void> {
  const found = await ledger.served();
  const rows = found?.rows.join() === ROWS.join();
  expect(found?.version === version && rows, `Version ${version} should serve both rows; found: ${JSON.stringify(found)}`);
}

/** Runs an `up` that has to fail; what it said. */
async function upFails(lab: Lab, { host }: Ledger): Promise<string> {
  const { status, stdout, stderr } = await lab.pulumi(["up", "--yes", "--skip-preview", "--stack", host]);
  expect(status !== 0, "An update that must fail is said to have worked.");
  return `${stdout}\n${stderr}`;
}

async function failsToBackUp(lab: Lab, ledger: Ledger): Promise<void> {
  const { host, workload } = ledger;
  const shown = await lab.pulumi(["preview", "--diff", "--stack", host]);
  expect(shown.stdout.includes("1 → 2"), "The preview does not say that a backup comes first.");
  const before = await lab.on(host, `podman inspect --format '{{.Id}}' ${workload}`);
  // Before there is a repository no password is wrong: the first backup makes it with the one that it finds.
  await lab.on(host, `homelab backup ${workload}`);
  await lab.on(host, `cp -p ${PASSWORD} /root/password && echo wrong >${PASSWORD}`);
  const said = await upFails(lab, ledger).finally(() => lab.on(host, `mv /root/password ${PASSWORD}`));
  expect(said.includes("could not be backed up"), said);
  expect((await lab.on(host, `podman inspect --format '{{.Id}}' ${workload}`)) === before, "It was restarted.");
  await serves(ledger, "1");
}

/** The new version has started and migrated when the power of both Pis goes; only this one gets it back. */
async function cutInTheMigration(lab: Lab, { host, workload }: Ledger): Promise<void> {
  const others = lab.instance.hosts.map(({ name }) => name).filter((name) => name !== host);
  await lab.on(host, `mkdir -p ${HOLD} && touch ${HOLD}/waiting`);
  const running = lab.launchPulumi(["up", "--yes", "--skip-preview", "--stack", host]);
  await waitForPhase(lab, host, "waiting");
  for (const name of [...others, host]) await lab.cutPower(name);
  await lab.switchOn(host);
  const { status } = await running.result;
  expect(status !== 0, "The interrupted `pulumi up` is said to have worked.");
  await lab.on(host, `! test -e /var/lib/homelab/journal/${workload}`);
  for (const name of others) await lab.switchOn(name);
}
