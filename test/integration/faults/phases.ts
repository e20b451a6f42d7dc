export type PhaseName =
  | "pulled"
  | "staged"
  | "stopped"
  | "saved"
  | "switched"
  | "started"
  | "waiting"
  | "committing"
  | "removing";

/** Where a fault falls. */
export interface Phase {
  readonly name: PhaseName;
  /** What has happened by then, for people. */
  readonly words: string;
  /** The place at which the host's program waits for it: `hold` in providers/workload/host/journal.py. */
  readonly hold: string;
  /** Whether the new version has proved itself by then: from there on there is only forward. */
  readonly committed: boolean;
}

/** The host's own health check waits here, in the middle of a question. */
export const HEALTH_HOLD = "health";

export const phases: readonly Phase[] = [
  { name: "pulled", words: "the image is on the Pi, the transaction has begun", hold: "staged", committed: false },
  { name: "staged", words: "the new files lie beside the old ones", hold: "stopping", committed: false },
  { name: "stopped", words: "the old version is down", hold: "stopped", committed: false },
  { name: "saved", words: "its data is in the repository", hold: "switched", committed: false },
  { name: "switched", words: "network, files and unit are the new ones", hold: "starting", committed: false },
  { name: "started", words: "the new version has been started", hold: "waiting", committed: false },
  {
    name: "waiting",
    words: "in the middle of a question to the new version whether it works",
    hold: HEALTH_HOLD,
    committed: false,
  },
  { name: "committing", words: "the new version has proved itself, which is not noted yet", hold: "commit", committed: false },
  { name: "removing", words: "it is noted; what is old is about to be removed", hold: "cleaning", committed: true },
];
