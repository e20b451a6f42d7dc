import { HOLD, waitForPhase } from "../rehearsal/scenes/change.ts";
import { Client } from "../rehearsal/simulation/client.ts";
import type { Lab } from "../rehearsal/simulation/lab.ts";
import { Ledger, type LedgerVersion } from "../rehearsal/simulation/ledger.ts";
import type { Bench } from "./lab.ts";
import { type Figures, median } from "./measure.ts";

/** Data beside the ledger's database, in MB, as files of a quarter of one. */
const SIZES = [10, 100, 1000] as const;
const FILES_PER_MB = 4;

const DATA = "/var/lib/homelab/data/ledger";
const BARE = "/var/tmp/bare";

/**
 * For how long a client gets no answer in an upgrade and in a rollback with data, over what a person would type: stop, `restic
 * backup` or `restore` of the same data, start. Of the data 1 % changes after the first snapshot, in both.
 */
export async function upgradeFigures({ lab }: Bench): Promise<Figures> {
  const host = lab.plan().hosts.at(-1)?.name ?? "";
  const ledger = await Ledger.on(lab, host);
  const found: { readonly upgrade: number; readonly upgradeRatio: number; readonly rollbackRatio: number }[] = [];
  await lab.up(host);
  try {
    await ledger.write("a row");
    for (const size of SIZES) {
      await fill(lab, host, size);
      const bare = { upgrade: await bareUpgrade(lab, ledger, size), rollback: await bareRollback(lab, ledger) };
      const upgrade = await upgraded(lab, ledger, size);
      const rollback = await rolledBack(lab, ledger);
      process.stderr.write(`${size} MB: ${JSON.stringify({ bare, upgrade, rollback })}\n`);
      found.push({ upgrade, upgradeRatio: upgrade / bare.upgrade, rollbackRatio: rollback / bare.rollback });
      await lab.on(host, "homelab release ledger; homelab drop-failed ledger");
    }
  } finally {
    await ledger.remove();
    await lab.on(host, `rm -rf ${BARE}`);
  }
  const growth = (found.at(-1)?.upgrade ?? Number.NaN) / (found[0]?.upgrade ?? Number.NaN);
  return {
    upgrade_outage_vs_bare: { value: median(found.map(({ upgradeRatio }) => upgradeRatio)), unit: "ratio", goal: 1.5 },
    rollback_outage_vs_bare: { value: median(found.map(({ rollbackRatio }) => rollbackRatio)), unit: "ratio", goal: 1.5 },
    upgrade_outage_growth: { value: growth, unit: "ratio", goal: 2 },
  };
}

async function fill(lab: Lab, host: string, megabytes: number): Promise<void> {
  const write = `mkdir -p files && head -c ${megabytes}000000 /dev/urandom | split -a 5 -b ${1_000_000 / FILES_PER_MB} - files/`;
  await lab.on(host, `cd ${DATA}/data && ${write} && sync -f .`);
}

/** Every hundredth file, at least one. */
function change(lab: Lab, host: string, megabytes: number): Promise<string> {
  const count = Math.max(1, Math.round((megabytes * FILES_PER_MB) / 100));
  const each = `head -c ${1_000_000 / FILES_PER_MB} /dev/urandom > "$file"`;
  return lab.on(host, `cd ${DATA}/data/files && ls | head -n ${count} | while read -r file; do ${each}; done`);
}

/** The longest time without an answer while something is done. */
async function outageOf(ledger: Ledger, act: () => Promise<unknown>): Promise<number> {
  const client = new Client(ledger.endpoint.address, ledger.endpoint.number);
  await client.answered();
  await act();
  await client.answered();
  await client.stop();
  return client.outage;
}

const restic = `RESTIC_PASSWORD=bare restic -q -r ${BARE}/repository --no-cache`;

async function bareUpgrade(lab: Lab, ledger: Ledger, megabytes: number): Promise<number> {
  const { host } = ledger;
  await lab.on(host, `rm -rf ${BARE} && mkdir -p ${BARE} && ${restic} init && ${restic} backup ${DATA}/data`);
  await change(lab, host, megabytes);
  const words = `systemctl stop ledger && ${restic} backup ${DATA}/data && systemctl start ledger`;
  return await outageOf(ledger, () => lab.on(host, words));
}

async function bareRollback(lab: Lab, ledger: Ledger): Promise<number> {
  const swap = `mv ${DATA} ${BARE}/old && mv ${BARE}/new${DATA} ${DATA}`;
  const words = `systemctl stop ledger && ${restic} restore latest --target ${BARE}/new && ${swap} && systemctl start ledger`;
  return await outageOf(ledger, () => lab.on(ledger.host, words));
}

/** From version 1 to 2. What changes does so between the two snapshots. */
async function upgraded(lab: Lab, ledger: Ledger, megabytes: number): Promise<number> {
  const { host } = ledger;
  ledger.declare("2");
  await lab.on(host, `mkdir -p ${HOLD} && touch ${HOLD}/stopping`);
  const outage = await outageOf(ledger, async () => {
    const running = lab.launchPulumi(["up", "--yes", "--skip-preview", "--stack", host]);
    await waitForPhase(lab, host, "stopping");
    await change(lab, host, megabytes);
    await lab.on(host, `rm -rf ${HOLD}`);
    const { status, stdout, stderr } = await running.result;
    if (status !== 0) throw new Error(`The upgrade failed:\n${stdout}${stderr}`);
  });
  await expectVersion(ledger, "2");
  return outage;
}

/** From version 2 to 1, with the data that the upgrade saved. */
async function rolledBack(lab: Lab, ledger: Ledger): Promise<number> {
  const { host, workload } = ledger;
  const listed = await lab.on(host, `homelab snapshots ${workload} --json`);
  const { snapshots }: { snapshots: { id: string; kind: string }[] } = JSON.parse(listed);
  const snapshot = snapshots.filter(({ kind }) => kind === "cold").at(-1)?.id;
  ledger.declare("1");
  lab.editStack(host, (document) => document.setIn(["config", "homelab:restore", workload], snapshot));
  const outage = await outageOf(ledger, () => lab.up(host));
  lab.editStack(host, (document) => document.deleteIn(["config", "homelab:restore"]));
  await expectVersion(ledger, "1");
  return outage;
}

async function expectVersion(ledger: Ledger, version: LedgerVersion): Promise<void> {
  const found = await ledger.served();
  if (found?.version !== version) throw new Error(`Version ${version} of the ledger should serve: ${JSON.stringify(found)}`);
}
