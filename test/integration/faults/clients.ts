import { forgetReading } from "../../../providers/host-reading.ts";
import type { WorkloadInputs, WorkloadOutputs } from "../../../providers/workload/inputs.ts";
import { diff, read, update } from "../../../providers/workload/provider.ts";
import { describeChange } from "../../../rehearsal/simulation/changes.ts";
import type { Stack } from "./stack.ts";

/** An `up` that is under way. */
export interface Running {
  /** How it ended, with what it said; never rejects. */
  readonly ended: Promise<Ended>;
  readonly kill: () => void;
  readonly ctrlC: () => void;
}

export interface Ended {
  readonly ok: boolean;
  readonly said: string;
}

/** Who brings a workload to the Pi: Pulumi's engine, or in its place its provider alone, which is quicker. */
export interface Client {
  /** Says what the workload shall be from now on. */
  readonly declare: (inputs: WorkloadInputs) => void;
  readonly up: () => Running;
  /** What a preview would change, after a look at the Pi or without. */
  readonly changes: (options: { readonly refresh: boolean }) => Promise<readonly string[]>;
  /** Takes away the lock that an `up` left which was killed, as the documentation says; after any other, none is left. */
  readonly recover: () => Promise<void>;
}

/** The real engine. */
export function engine(stack: Stack): Client {
  let killed = false;
  return {
    declare: (inputs) => stack.declare(inputs),
    up: () => {
      const { result, kill, ctrlC } = stack.up();
      const ended = result.then(({ status, stdout, stderr }) => ({ ok: status === 0, said: `${stdout}\n${stderr}` }));
      const killAndNote = () => {
        killed = true;
        kill();
      };
      return { ended, kill: killAndNote, ctrlC };
    },
    changes: async ({ refresh }) => (await stack.changes(...(refresh ? ["--refresh"] : []))).map(describeChange),
    recover: async () => {
      if (killed) await stack.must("cancel", "--yes");
      stack.endOrphans();
      killed = false;
    },
  };
}

/** The provider's functions as the engine calls them, over the same ssh, with a state in memory. */
export function provider(declared: WorkloadInputs): Client {
  let wanted = declared;
  let state: WorkloadOutputs = { ...declared, transaction: "" };
  const id = `${declared.host.name}/${declared.name}`;
  const upToEnd = async () => {
    if (!(await diff(id, state, wanted)).changes) return;
    state = (await update(id, state, wanted)).outs;
  };
  const impossible = () => {
    throw new Error("this fault needs the engine");
  };
  return {
    declare: (inputs) => {
      wanted = inputs;
    },
    up: () => ({
      ended: upToEnd().then(
        () => ({ ok: true, said: "" }),
        (error: unknown) => ({ ok: false, said: String(error) }),
      ),
      kill: impossible,
      ctrlC: impossible,
    }),
    changes: async ({ refresh }) => {
      // Each preview is a process of its own.
      forgetReading(wanted.host);
      const seen = refresh ? (await read(id, state)).props : state;
      return seen === undefined || (await diff(id, seen, wanted)).changes ? ["update app"] : [];
    },
    recover: async () => {},
  };
}
