import { get } from "node:http";
import { performance } from "node:perf_hooks";

/** Between two questions, and until one counts as unanswered, in milliseconds. */
const PAUSE = 50;
const PATIENCE = 500;

/** A client of the application: asks its published port over and over, by a new connection each time. */
export class Prober {
  private readonly url: string;
  private lastAnswer = performance.now();
  private without = 0;
  private failed = false;
  private stopped = false;
  private readonly asking: Promise<void>;

  constructor(address: string, port: number) {
    this.url = `http://${address}:${port}/`;
    this.asking = this.askOnAndOn();
  }

  /** Ends the asking. Returns the seconds without an answer, of all outages together. */
  async stop(): Promise<number> {
    this.stopped = true;
    await this.asking;
    return (this.without + (this.failed ? performance.now() - this.lastAnswer : 0)) / 1000;
  }

  private async askOnAndOn(): Promise<void> {
    while (!this.stopped) {
      const answered = (await askVersion(this.url)) !== undefined;
      const now = performance.now();
      if (answered && this.failed) this.without += now - this.lastAnswer;
      if (answered) this.lastAnswer = now;
      this.failed = !answered;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** The version that answers; undefined where none does. */
export function askVersion(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: PATIENCE }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(response.statusCode === 200 ? versionIn(text) : undefined));
      response.on("error", () => resolve(undefined));
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", () => resolve(undefined));
  });
}

function versionIn(answer: string): string | undefined {
  try {
    const { version }: { readonly version?: string } = JSON.parse(answer);
    return version;
  } catch {
    return undefined;
  }
}
