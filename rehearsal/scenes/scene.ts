/** What a scene is, and what it has at hand. */
import type { Lab } from "../simulation/lab.ts";

/** One thing that the lab must be able to do, shown on the simulated lab. One file each. */
export interface Scene {
  /** For the command line, e.g. `power-cut`. */
  readonly name: string;
  /** What it shows, for people. */
  readonly title: string;
  /** Whether the scenes after it make no sense without it. */
  readonly foundation?: true;
  /** Where to read on, or what to try by hand. */
  readonly look: string;
  /** Plays it; throws if the lab does not do what it should. */
  readonly play: (stage: Stage) => Promise<void>;
}

/** What a scene works with. */
export interface Stage {
  readonly lab: Lab;
  /** Tells the person who watches what happens, in plain words. */
  readonly tell: (text: string) => void;
}

/** Thrown by a scene that cannot be played on this machine: reported as such, never as passed. */
export class NotRehearsed extends Error {}

/** Fails the scene with `problem` unless `condition` holds. */
export function expect(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}
