import { setImmediate as afterWhatCame, setTimeout as sleep } from "node:timers/promises";
import { ConnectionError } from "../ssh.ts";

/** How long a {@link Queue} waits, in milliseconds. */
export interface Waits {
  /** A host's workloads, after each sign that the engine is at them, for more of those that it sends at the same time. */
  readonly gather: number;
  /** A failure, after all else has ended, for what the engine may still send. */
  readonly quiet: number;
}

/** A host that did not even begin: nothing was touched. */
export class RefusedError extends Error {}

/** As many as a host carries out at once (`SLOTS` of host/locks.py): more would only wait there, in an order of their own. */
const AT_ONCE = 2;

/**
 * The order in which the workloads of a host are changed, and what one that fails does to the others.
 *
 * The engine sends as many steps at once as its machine has room for, in no order, and after a failure it starts no further one:
 * what it had not come to would stay behind. So each waits for its turn here, and who fails keeps the bad news until no other
 * is under way. Whatever happens to one workload, the others are changed and serve.
 */
export class Queue {
  private readonly waits: Waits;
  private readonly lines = new Map<string, Line>();
  /** How many wait or run, those that keep bad news aside. */
  private busy = 0;
  private ended = 0;
  private idleSince = 0;

  constructor(waits: Waits) {
    this.waits = waits;
  }

  /**
   * Does a piece of work when its turn has come. What was refused is tried once more when the others are done, if there were any:
   * one may have been in its way, with a port, say, that it gave up.
   *
   * @param host those of the same host wait for each other
   * @param turn the smaller the sooner
   * @throws what the work throws; a {@link ConnectionError} at once, since nothing else would fare better on that host
   */
  async run<T>(host: string, turn: number, work: () => Promise<T>): Promise<T> {
    const attempt = () => this.counted(() => this.inTurn(host, turn, work));
    const endedBefore = this.ended;
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof ConnectionError) throw error;
      await this.quiet();
      const others = this.ended - endedBefore - 1;
      if (error instanceof RefusedError && others > 0) return await attempt();
      throw error;
    }
  }

  /**
   * To be called when the engine asks about a workload, if only whether it has to be changed: more may come. It asks about one after
   * the other, also about those between two that it sends.
   */
  heard(host: string): void {
    const line = this.lines.get(host);
    if (line) line.heardAt = performance.now();
  }

  private async counted<T>(work: () => Promise<T>): Promise<T> {
    this.busy += 1;
    try {
      return await work();
    } finally {
      this.busy -= 1;
      this.ended += 1;
      this.idleSince = performance.now();
    }
  }

  private async inTurn<T>(host: string, turn: number, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(host) ?? { running: 0, waiting: [], gathering: false, heardAt: 0 };
    this.lines.set(host, line);
    await new Promise<void>((go) => {
      line.waiting.push({ turn, go });
      line.heardAt = performance.now();
      void this.gather(line);
    });
    try {
      return await work();
    } finally {
      line.running -= 1;
      if (!line.gathering) advance(line);
    }
  }

  private async gather(line: Line): Promise<void> {
    if (line.gathering) return;
    line.gathering = true;
    for (let left = this.waits.gather; left > 0; left = line.heardAt + this.waits.gather - performance.now()) {
      await sleep(left);
      // On a busy machine the time may be over before what has come meanwhile was looked at.
      await afterWhatCame();
    }
    line.gathering = false;
    advance(line);
  }

  private async quiet(): Promise<void> {
    while (this.busy > 0 || performance.now() - this.idleSince < this.waits.quiet) await sleep(this.waits.quiet / 10);
  }
}

/** Those of one host. */
interface Line {
  running: number;
  gathering: boolean;
  heardAt: number;
  readonly waiting: { readonly turn: number; readonly go: () => void }[];
}

/** Lets those go whose turn it is, as far as there is room; of several with the same, who came first. */
function advance(line: Line): void {
  while (line.running < AT_ONCE && line.waiting.length > 0) {
    const turn = Math.min(...line.waiting.map((one) => one.turn));
    const [next] = line.waiting.splice(
      line.waiting.findIndex((one) => one.turn === turn),
      1,
    );
    line.running += 1;
    next?.go();
  }
}

/** The queue of this process: the engine has one process for all that is ours. */
export const queue = new Queue({ gather: 150, quiet: 3000 });
