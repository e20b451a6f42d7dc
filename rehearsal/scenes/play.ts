/** Plays scenes one after the other and reports on them. */
import { duration, say } from "../say.mjs";
import { NotRehearsed, type Scene, type Stage } from "./scene.ts";

/** How a scene ended. */
export interface Played {
  readonly scene: Scene;
  readonly result: "ok" | "FAILED" | "not rehearsed" | "not played";
  readonly seconds: number;
  /** Why, unless it is ok. */
  readonly reason?: string;
}

/** Plays the scenes in order. After a foundation that failed the rest is not played. */
export async function play(scenes: readonly Scene[], stage: Pick<Stage, "lab">): Promise<readonly Played[]> {
  const played: Played[] = [];
  for (const [index, scene] of scenes.entries()) {
    const fallen = played.find(({ scene: earlier, result }) => earlier.foundation && result !== "ok");
    if (fallen !== undefined) {
      played.push({ scene, result: "not played", seconds: 0, reason: `needs "${fallen.scene.name}"` });
      continue;
    }
    say(`\n${index + 1}/${scenes.length}  ${scene.title}`);
    played.push(await playOne(scene, { ...stage, tell: (text) => say(`     ${text.replaceAll("\n", "\n     ")}`) }));
  }
  return played;
}

async function playOne(scene: Scene, stage: Stage): Promise<Played> {
  const start = Date.now();
  const seconds = () => (Date.now() - start) / 1000;
  try {
    await scene.play(stage);
    return { scene, result: "ok", seconds: seconds() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stage.tell(reason);
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
