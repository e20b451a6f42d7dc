import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../providers/workload/host/lab.ts";
import type { Running } from "./clients.ts";
import type { PhaseName } from "./phases.ts";

/** What a fault may lay hands on. */
export interface Scene {
  readonly lab: Lab;
  /** The `up` in whose middle it falls. */
  readonly running: Running;
  /** Lets the transaction go on that waits for the fault. */
  readonly release: () => Promise<void>;
}

export interface Fault {
  readonly name: string;
  /** What is done, for people. */
  readonly words: string;
  /** Whether it hits the engine or the way to the Pi, so that the engine itself has to run; else its provider is enough. */
  readonly needsEngine: boolean;
  /** Whether the `up` cannot say any more how it ended. */
  readonly interrupts?: boolean;
  /** Whether it can fall at any moment, also when no transaction runs. */
  readonly anywhere?: boolean;
  /**
   * Which version serves afterwards: the new one, for the Pi finishes what it began; the old one until the commit; or
   * either, as what it cannot do decides.
   */
  readonly serves: "new" | "old until commit" | "either";
  /** The phase in which it falls where not all cells are played. */
  readonly sample: PhaseName;
  readonly strike: (scene: Scene) => Promise<void>;
  /** Before the `up`, and after all is over. */
  readonly prepare?: (lab: Lab) => Promise<void>;
  readonly tidyUp?: (lab: Lab) => Promise<void>;
}

const UNIT = "homelab-txn-app.service";
const SETTLING = "homelab-settle@app.service";
const STATE = "/var/lib/homelab";
const HOLD = "/run/homelab/hold";

/** The condition that no transaction and no settling is under way. */
export const SETTLED = `! ls ${STATE}/journal/app && ! systemctl is-active ${UNIT} ${SETTLING} | grep -qv inactive`;

export const faults: readonly Fault[] = [
  {
    name: "engine killed",
    words: "`kill -9` of Pulumi's engine",
    needsEngine: true,
    serves: "new",
    sample: "waiting",
    anywhere: true,
    interrupts: true,
    strike: async ({ running, release }) => {
      running.kill();
      await running.ended;
      await release();
    },
  },
  {
    name: "Ctrl-C",
    words: "Ctrl-C, once",
    needsEngine: true,
    serves: "new",
    sample: "pulled",
    anywhere: true,
    interrupts: true,
    strike: async ({ running, release }) => {
      running.ctrlC();
      await sleep(500);
      await release();
    },
  },
  {
    name: "Ctrl-C twice",
    words: "Ctrl-C, and again",
    needsEngine: true,
    serves: "new",
    sample: "stopped",
    anywhere: true,
    interrupts: true,
    strike: async ({ running, release }) => {
      running.ctrlC();
      await sleep(500);
      running.ctrlC();
      await sleep(500);
      await release();
    },
  },
  {
    name: "connection cut",
    words: "all ssh connections of the Pi are cut",
    needsEngine: true,
    serves: "new",
    sample: "started",
    anywhere: true,
    strike: async ({ lab, release }) => {
      await cutConnections(lab);
      await release();
    },
  },
  {
    name: "sshd stopped",
    words: "the same, and sshd stays away until the transaction is over",
    needsEngine: false,
    serves: "new",
    sample: "stopped",
    anywhere: true,
    strike: async ({ lab, release }) => {
      await lab.pi.must("systemctl stop ssh.socket ssh.service");
      await cutConnections(lab);
      await release();
      await lab.until(SETTLED);
      await lab.pi.must("systemctl start ssh.service");
    },
  },
  {
    name: "script killed",
    words: "`kill -9` of the transaction's process",
    needsEngine: false,
    serves: "old until commit",
    sample: "switched",
    anywhere: true,
    strike: async ({ lab, release }) => {
      await killScript(lab);
      await release();
    },
  },
  {
    name: "transaction killed",
    words: "`systemctl kill -s KILL` of all of it, and again while it is being settled",
    needsEngine: false,
    serves: "old until commit",
    sample: "started",
    strike: async ({ lab, release }) => {
      await holdSettlingAt(lab, ["back-start", "cleaning-trial"]);
      await lab.pi.must(`systemctl kill -s KILL ${UNIT}`);
      await release();
      await reached(lab, ["back-start", "cleaning-trial"]);
      await lab.pi.must(`systemctl kill -s KILL ${UNIT}; rm -f ${HOLD}/*`);
    },
  },
  {
    name: "settling killed",
    words: "`kill -9` of the process, of its settling, and of the settling of that",
    needsEngine: false,
    serves: "old until commit",
    sample: "removing",
    strike: async ({ lab, release }) => {
      await holdSettlingAt(lab, ["back-units", "back-start", "cleaning-trial", "cleaning-record"]);
      await killScript(lab);
      await release();
      await reached(lab, ["back-units", "cleaning-trial"]);
      await lab.pi.must(`kill -9 $(systemctl show -P ControlPID ${UNIT}); rm -f ${HOLD}/back-units* ${HOLD}/cleaning-trial*`);
      await reached(lab, ["back-start", "cleaning-record"]);
      await lab.pi.must(`kill -9 $(systemctl show -P MainPID ${SETTLING}); rm -f ${HOLD}/*`);
    },
  },
  {
    name: "systemd reloaded",
    words: "`systemctl daemon-reload` and `daemon-reexec` by someone else, over and over for some seconds",
    needsEngine: false,
    serves: "new",
    sample: "switched",
    anywhere: true,
    strike: async ({ lab, release }) => {
      await lab.pi.must("systemctl daemon-reload; systemctl daemon-reexec");
      await release();
      await lab.pi.must("for i in 1 2 3 4; do systemctl daemon-reload; systemctl daemon-reexec; sleep 0.3; done");
    },
  },
  {
    name: "power cut",
    words: "the Pi loses its power, and gets it back",
    needsEngine: false,
    serves: "old until commit",
    sample: "committing",
    anywhere: true,
    strike: async ({ lab }) => {
      await lab.pi.powerCut();
      await lab.pi.powerOn();
    },
  },
  {
    name: "disk full",
    words: "something else fills the disk, and it stays full",
    needsEngine: false,
    serves: "either",
    sample: "staged",
    // tmpfs: the disk of the machine of the tests is not ours to fill.
    prepare: async ({ pi }) => {
      await pi.must(`mount -t tmpfs -o size=40m none /mnt && cp -a ${STATE}/. /mnt/ && mount --bind /mnt ${STATE}`);
    },
    strike: async ({ lab, release }) => {
      await lab.pi.must(`dd if=/dev/zero of=${STATE}/fill bs=64k 2>/dev/null; true`);
      await release();
    },
    tidyUp: async ({ pi }) => {
      await pi.must(`umount ${STATE} && cp -a /mnt/. ${STATE}/ && umount /mnt && systemctl restart app`);
    },
  },
  {
    name: "storage busy",
    words: "another podman holds the lock of podman's storage for ten seconds",
    needsEngine: false,
    serves: "new",
    sample: "waiting",
    anywhere: true,
    strike: async ({ lab, release }) => {
      await lab.pi.must(`systemd-run --quiet --collect --unit=test-busy python3 -c '${HOLD_STORAGE}'`);
      await lab.until("test -e /run/test-busy");
      await release();
    },
    tidyUp: async ({ pi }) => {
      await pi.must("rm -f /run/test-busy");
    },
  },
];

/** As podman locks its storage while it works: containers and layers. */
const HOLD_STORAGE = `
import fcntl, time
root = "/var/lib/containers/storage/"
files = [open(root + name, "r+") for name in ("storage.lock", "overlay-containers/containers.lock", "overlay-layers/layers.lock")]
for file in files: fcntl.lockf(file, fcntl.LOCK_EX)
open("/run/test-busy", "w")
time.sleep(10)
`;

async function cutConnections({ pi }: Lab): Promise<void> {
  await pi.must("pkill -KILL -x 'sshd-(session|auth)' || true");
}

async function killScript({ pi }: Lab): Promise<void> {
  await pi.must(`pid=$(systemctl show -P MainPID ${UNIT}); test "$pid" = 0 || kill -9 "$pid"`);
}

async function holdSettlingAt({ pi }: Lab, places: readonly string[]): Promise<void> {
  await pi.must(`touch ${places.map((place) => `${HOLD}/${place}`).join(" ")}`);
}

/** Waits until the settling stands at one of these places. */
async function reached(lab: Lab, places: readonly string[]): Promise<void> {
  await lab.until(places.map((place) => `test -e ${HOLD}/${place}.reached`).join(" || "));
}
