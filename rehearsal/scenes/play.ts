/** Plays scenes one after the other and reports on them. */
import { messageOf } from "../../operations/command.ts";
import { duration, say } from "../say.mjs";
import type { Lab } from "../simulation/lab.ts";
import { NotRehearsed, type Scene, type Stage } from "./scene.ts";

/** What reports need to know of a scene. */
export type Headline = Pick<Scene, "name" | "title" | "look" | "foundation">;

/** How a scene ended. */
export interface Played {
  readonly scene: Headline;
  readonly result: "ok" | "FAILED" | "not rehearsed" | "not played";
  readonly seconds: number;
  /** Why, unless it is ok. */
  readonly reason?: string;
}

/** Plays the scenes in order. After a foundation that failed, here or among those played `before`, the rest is not played. */
export async function play(scenes: readonly Scene[], lab: Lab, before: readonly Played[] = []): Promise<readonly Played[]> {
  const played = [...before];
  for (const scene of scenes) {
    const fallen = played.find(({ scene: earlier, result }) => earlier.foundation && result !== "ok");
    if (fallen === undefined) played.push(await perform(scene, (tell) => scene.play({ lab, tell })));
    else played.push({ scene, result: "not played", seconds: 0, reason: `needs "${fallen.scene.name}"` });
  }
  return played;
}

/** Announces a scene, plays it and says how it ended; never throws. */
export async function perform(scene: Headline, body: (tell: Stage["tell"]) => Promise<void>): Promise<Played> {
  const start = Date.now();
  const seconds = () => (Date.now() - start) / 1000;
  const tell: Stage["tell"] = (text) => say(`  ${text.replaceAll("\n", "\n  ")}`);
  say(`\n${scene.name}: ${scene.title}`);
  try {
    await body(tell);
    return { scene, result: "ok", seconds: seconds() };
  } catch (error) {
    const reason = messageOf(error);
    tell(reason);
    return { scene, result: error instanceof NotRehearsed ? "not rehearsed" : "FAILED", seconds: seconds(), reason };
  }
}

/** The table at the end. */
export function table(played: readonly Played[]): string {
  const rows = played.map(({ scene, result, seconds, reason }) => [
    scene.name,
    result,
    duration(seconds),
    result === "ok" || reason === undefined ? scene.look : (reason.split("\n")[0] ?? ""),
  ]);
  const header = ["scene", "result", "time", "where to look next"];
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => (row[column] ?? "").length), title.length),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 3 ? cell : cell.padEnd(widths[column] ?? 0))).join("   ");
  return [line(header), ...rows.map(line)].join("\n");
}
