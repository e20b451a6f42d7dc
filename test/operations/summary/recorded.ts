import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type EngineEvent, parseEvent } from "../../../operations/engine-events.ts";

/**
 * Events of real runs on the simulated lab, in `recorded/`. Of each event there is what differs between before and after, and
 * what the summary asks for besides; of runs the engine's debugging is gone, as `parseEvent` drops it too.
 */
export function recorded(name: string): readonly EngineEvent[] {
  const text = readFileSync(join(import.meta.dirname, "recorded", `${name}.jsonl`), "utf8");
  return text.split("\n").flatMap((line) => parseEvent(line) ?? []);
}
