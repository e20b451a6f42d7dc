/** A client of the lab, as its users are: it asks one service over and over, and knows for how long it got no answer. */
import { performance } from "node:perf_hooks";
import { connect } from "node:tls";
import { waitFor } from "../../operations/shell.ts";

/** Between two questions, and until one counts as unanswered, in milliseconds. */
const PAUSE = 20;
const PATIENCE = 500;

/** Asks a service from its making until {@link stop}. */
export class Client {
  private readonly address: string;
  private readonly port: number;
  private lastAnswer: number | undefined;
  private longest = 0;
  private stopped = false;
  private readonly asking: Promise<void>;

  /** @param port of a server that speaks TLS. Whom it lets in does not matter: a handshake is an answer of the application. */
  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
    this.asking = this.ask();
  }

  /** The longest time without an answer, up to now, in seconds. */
  get outage(): number {
    return this.longest / 1000;
  }

  /** Waits for an answer to a question that is asked from now on. */
  async answered(): Promise<void> {
    const start = performance.now();
    await waitFor(`${this.address}:${this.port} answers`, 60, async () => (this.lastAnswer ?? 0) > start + PATIENCE || undefined);
  }

  /** Ends the asking. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.asking;
  }

  private async ask(): Promise<void> {
    while (!this.stopped) {
      const asked = performance.now();
      const answered = await this.handshake();
      // An outage ends with the answer; without one it lasts, up to the question that got none.
      const until = answered ? performance.now() : asked;
      this.longest = Math.max(this.longest, until - (this.lastAnswer ?? until) - PAUSE);
      if (answered) this.lastAnswer = until;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  private handshake(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.address, port: this.port, rejectUnauthorized: false, timeout: PATIENCE });
      const end = (answered: boolean) => {
        resolve(answered);
        socket.destroy();
      };
      socket.once("secureConnect", () => end(true));
      for (const event of ["error", "timeout", "close"]) socket.once(event, () => end(false));
    });
  }
}
