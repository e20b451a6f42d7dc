import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionError } from "../ssh.ts";

/** How long a {@link Queue} waits, in milliseconds. */
export interface Waits {
  /** A host's workloads, after each sign that the engine is at them, for those that it has not come to. */
  readonly gather: number;
  /** A failure, after all else has ended, for what the engine may still send. */
  readonly quiet: number;
}

/** Of one workload. */
export interface Turn {
  readonly name: string;
  /** The smaller the sooner. */
  readonly turn: number;
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
   * @throws what the work throws; a {@link ConnectionError} at once, since nothing else would fare better on that host
   */
  async run<T>(host: string, turn: Turn, work: () => Promise<T>): Promise<T> {
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
   * To be called when the engine begins with a workload.
   *
   * @param of how many there are on the host: when each of them has been begun, and then answered or sent, nobody is waited for
   */
  asked(host: string, name: string, of: number): void {
    this.lineOf(host).asked(name, of);
  }

  /** To be called when the engine has learnt whether a workload has to be changed. */
  answered(host: string, name: string, changes: boolean): void {
    this.lineOf(host).answered(name, changes);
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

  private async inTurn<T>(host: string, turn: Turn, work: () => Promise<T>): Promise<T> {
    const line = this.lineOf(host);
    await line.inTurn(turn);
    try {
      return await work();
    } finally {
      line.left();
    }
  }

  private lineOf(host: string): Line {
    const line = this.lines.get(host) ?? new Line(this.waits.gather);
    this.lines.set(host, line);
    return line;
  }

  private async quiet(): Promise<void> {
    while (this.busy > 0 || performance.now() - this.idleSince < this.waits.quiet) await sleep(this.waits.quiet / 10);
  }
}

/** Those of one host. */
class Line {
  private readonly gather: number;
  /** How many workloads the host has, as far as anybody said. */
  private of = Number.POSITIVE_INFINITY;
  /** Those that the engine has come to. */
  private readonly known = new Set<string>();
  /** Of these, those that it may still send. */
  private readonly open = new Set<string>();
  private running = 0;
  private readonly waiting: (Turn & { readonly go: () => void })[] = [];
  /** Runs while it is waited for those that may still come. */
  private gathering: NodeJS.Timeout | undefined;
  private signs = 0;

  constructor(gather: number) {
    this.gather = gather;
  }

  asked(name: string, of: number): void {
    this.of = of;
    this.known.add(name);
    this.open.add(name);
    this.sign();
  }

  answered(name: string, changes: boolean): void {
    if (!changes) this.open.delete(name);
    this.sign();
  }

  /** Comes back when it is its turn. To be followed by {@link left}. */
  inTurn(turn: Turn): Promise<void> {
    return new Promise((go) => {
      this.waiting.push({ ...turn, go });
      this.open.delete(turn.name);
      this.gathering ??= setTimeout(() => this.over(), this.gather);
      this.sign();
    });
  }

  /** One that had its turn is done. */
  left(): void {
    this.running -= 1;
    if (this.gathering === undefined) this.advance();
  }

  /** The engine is at the host's workloads: more may come, or now nobody any more. */
  private sign(): void {
    this.signs += 1;
    if (this.gathering === undefined) return;
    if (this.complete()) this.over();
    else this.gathering.refresh();
  }

  /** Whether nobody may still come. Of those that the program has no more, which are removed, nobody knows how many there are. */
  private complete(): boolean {
    return this.known.size >= this.of && this.open.size === 0 && this.waiting.every(({ name }) => this.known.has(name));
  }

  /** On a busy machine the time may be over before what has come meanwhile was looked at. */
  private over(): void {
    const { signs } = this;
    setImmediate(() => {
      if (this.signs === signs) this.begin();
    });
  }

  private begin(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    this.advance();
  }

  /** Lets those go whose turn it is, as far as there is room; of several with the same, who came first. */
  private advance(): void {
    while (this.running < AT_ONCE && this.waiting.length > 0) {
      const turn = Math.min(...this.waiting.map((one) => one.turn));
      const [next] = this.waiting.splice(
        this.waiting.findIndex((one) => one.turn === turn),
        1,
      );
      this.running += 1;
      next?.go();
    }
  }
}

/** The queue of this process: the engine has one process for all that is ours. */
export const queue = new Queue({ gather: 500, quiet: 3000 });
