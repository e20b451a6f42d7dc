import { historyOf } from "../../operations/history/state.ts";
import type { Lab } from "../simulation/lab.ts";
import { Ledger } from "../simulation/ledger.ts";
import { expect, type Scene } from "./scene.ts";

const ROWS = ["bread 3.20", "milk 1.10"];
const LATER = "jam 2.50";
const OTHER = "mosquitto";

/** A version that was healthy and turned out bad: back, with the data of before. */
export const rollbackWithData: Scene = {
  name: "rollback-with-data",
  title: "A version that was healthy and turned out bad: back to the one before, with every row that it had",
  look: "operations/rollback.ts; docs/operations.md",
  async play({ lab, tell }) {
    await withUpgradedLedger(lab, {}, async (ledger, rows) => {
      const { host } = ledger;
      await ledger.write(LATER);
      tell("Version 2 of the ledger has migrated two rows and taken a third. Then it turns out bad.");

      const good = await lastVersion(lab, host, 1);
      expect(
        new RegExp(`^${good} .*ledger [0-9a-f]{8}`, "m").test(await said(lab, host)),
        "The list has no snapshot of version 1.",
      );
      const text = await said(lab, host, "--to", String(good), "--yes");
      await serves(ledger, "1", rows);
      tell(`Back with its data: version 1 serves both rows of before. "${/Lost to it.*/.exec(text)?.[0]}"`);

      expect((await lab.previewChanges(host, { refresh: true })).length === 0, "After the rollback the preview is not empty.");
      const kept = await lab.on(host, "grep -rl 'jam' /var/lib/homelab/data --include='ledger.db*' 2>/dev/null; true");
      expect(kept !== "" && !kept.includes("/data/ledger/"), `The row that came later is not kept aside: ${kept}`);
      ledger.declare("2");
      const held = await lab.operation("deploy", [host, "--yes"]);
      expect(held.status !== 0 && held.stdout.includes(`npm run release -- ${host} ledger`), `It is not held:\n${held.stdout}`);
      await serves(ledger, "1", rows);
      tell("The third row is kept aside. Version 2 is held: a deploy of it fails before anything is touched.");
    });
  },
};

/** One workload goes back, the others of its version stay. */
export const rollbackOfOne: Scene = {
  name: "rollback-of-one",
  title: "One workload goes back to an earlier version; another that was upgraded with it stays",
  look: "operations/history/settings.ts; npm run rollback -- <stack> --to <version> --only <workload>",
  async play({ lab, tell }) {
    await withUpgradedLedger(
      lab,
      { [OTHER]: lab.catalogue.version("docker.io/library/eclipse-mosquitto", "next") },
      async (ledger, rows) => {
        const { host } = ledger;
        const image = () => lab.on(host, `podman inspect --format '{{.ImageName}} {{.Id}}' ${OTHER} 2>/dev/null`);
        const before = await image();
        tell("The ledger and Mosquitto were upgraded in one go.");
        await said(lab, host, "--to", String(await lastVersion(lab, host, 1)), "--only", "ledger", "--yes");
        await serves(ledger, "1", rows);
        expect((await image()) === before, "Mosquitto was touched.");
        expect((await lab.previewChanges(host)).length === 0, "After the rollback the preview is not empty.");
        tell("The ledger went back alone, with its rows. Mosquitto runs on in its new version, in the same container.");
      },
    );
  },
};

/**
 * Does something with the ledger in version 2, with rows that were written in version 1; whatever comes of it, the ledger goes.
 * @param others images by workload that are deployed with version 2
 */
async function withUpgradedLedger(
  lab: Lab,
  others: Readonly<Record<string, string>>,
  work: (ledger: Ledger, rows: readonly string[]) => Promise<void>,
): Promise<void> {
  // Not where `upgrade-with-data` plays: there a last snapshot of version 2 would come back, which version 1 refuses.
  const host = lab.plan().hosts[0]?.name ?? "";
  const ledger = await Ledger.on(lab, host);
  try {
    await lab.up(host);
    // Where it was here before, its last snapshot gave it the rows of that time.
    const rows = [...((await ledger.served())?.rows ?? []), ...ROWS];
    for (const row of ROWS) await ledger.write(row);
    ledger.declare("2");
    for (const [workload, image] of Object.entries(others)) lab.setImage(host, workload, image);
    const { status, stdout, stderr } = await lab.operation("deploy", [host, "--yes"]);
    expect(status === 0, `The deploy of version 2 failed:\n${stdout}${stderr}`);
    await serves(ledger, "2", rows);
    await work(ledger, rows);
  } finally {
    await ledger.remove();
  }
}

/** Number of a version of the history, so many before the last. */
async function lastVersion(lab: Lab, stack: string, before: number): Promise<number> {
  const versions = await historyOf({ folder: lab.instance.project, env: lab.env }, stack);
  return versions.at(-1 - before)?.number ?? 0;
}

/** What the rollback of a stack said; fails the scene if it did not work. */
async function said(lab: Lab, stack: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await lab.operation("rollback", [stack, ...args]);
  expect(status === 0, `npm run rollback -- ${[stack, ...args].join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

async function serves(ledger: Ledger, version: string, rows: readonly string[]): Promise<void> {
  const found = await ledger.served();
  const right = found?.version === version && found.rows.join() === rows.join();
  expect(right, `Version ${version} should serve ${rows.length} rows; found: ${JSON.stringify(found)}`);
}
