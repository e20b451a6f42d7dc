import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../providers/workload/host/lab.ts";
import type { Running } from "./clients.ts";
import {
  cutConnections,
  holdSettlingAt,
  killScript,
  killSettling,
  killSettlingOfSettling,
  killTransaction,
  letSettlingGo,
  lockStorage,
  SETTLED,
  STATE,
  settlingReached,
} from "./interference.ts";
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
  /** What a person has to do before `up` again, where the old version serves. */
  readonly remedy?: (lab: Lab) => Promise<void>;
}

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
    sample: "saved",
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
      await killTransaction(lab);
      await release();
      await settlingReached(lab, ["back-start", "cleaning-trial"]);
      await killTransaction(lab);
      await letSettlingGo(lab);
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
      await settlingReached(lab, ["back-units", "cleaning-trial"]);
      await killSettling(lab);
      await letSettlingGo(lab, ["back-units", "cleaning-trial"]);
      await settlingReached(lab, ["back-start", "cleaning-record"]);
      await killSettlingOfSettling(lab);
      await letSettlingGo(lab);
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
      await pi.must(`mount -t tmpfs -o size=256m none /mnt && cp -a ${STATE}/. /mnt/ && mount --bind /mnt ${STATE}`);
    },
    strike: async ({ lab, release }) => {
      await lab.pi.must(`dd if=/dev/zero of=${STATE}/fill bs=64k 2>/dev/null; true`);
      await release();
    },
    // Without room there is no backup, and without a backup no other version.
    remedy: async ({ pi }) => {
      await pi.must(`rm ${STATE}/fill`);
    },
    tidyUp: async ({ pi }) => {
      await pi.must(`rm -f ${STATE}/fill; umount ${STATE} && cp -a /mnt/. ${STATE}/ && umount /mnt && systemctl restart app`);
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
      await lockStorage(lab);
      await release();
    },
  },
];
