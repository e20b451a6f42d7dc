import { setTimeout as sleep } from "node:timers/promises";
import { change, type Played, type Setting } from "./cell.ts";
import type { Client } from "./clients.ts";
import { type Fault, faults } from "./faults.ts";

/** A fault at a moment that no step of the transaction knows of. */
export interface Round {
  readonly fault: Fault;
  /** After how much of the time that an undisturbed `up` takes: 0.3 to 1. */
  readonly moment: number;
}

/** The same rounds for the same seed. */
export function rounds(seed: number, count: number): readonly Round[] {
  const random = generator(seed);
  const possible = faults.filter(({ anywhere }) => anywhere);
  return Array.from({ length: count }, () => {
    const fault = possible[Math.floor(random() * possible.length)];
    if (fault === undefined) throw new Error("No fault can fall at any moment.");
    // Until then the engine only loads the program.
    return { fault, moment: 0.3 + Math.floor(70 * random()) / 100 };
  });
}

/** @param upMilliseconds what an `up` takes that nothing disturbs */
export function playRound(setting: Setting, client: Client, { fault, moment }: Round, upMilliseconds: number): Promise<Played> {
  const { lab } = setting;
  return change(setting, client, { phase: `at ${moment.toFixed(2)}`, fault: fault.name }, async () => {
    const running = client.up();
    await sleep(moment * upMilliseconds);
    await fault.strike({ lab, running, release: async () => {} });
    const ended = await running.ended;
    await fault.tidyUp?.(lab);
    return ended;
  });
}

/** Numbers from 0 to 1 (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
