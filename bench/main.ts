import { ensureToolchain } from "../rehearsal/toolchain/index.ts";
import { changeFigures, outageFigures } from "./change.ts";
import { type Bench, withBench } from "./lab.ts";
import type { Figure, Figures } from "./measure.ts";
import { previewFigures, previewGrowth } from "./preview.ts";
import { refreshGrowth } from "./refresh-growth.ts";
import { routerFigures } from "./routers.ts";
import { sshFigures } from "./ssh.ts";
import { upgradeFigures } from "./upgrade.ts";

/**
 * Runs the benchmarks, or those that are named: `npm run bench -- preview change`. With `--json` prints one object, name → value,
 * unit and goal, and nothing else. What was measured before one failed is still said.
 */
const ON_THE_LAB: Readonly<Record<string, (bench: Bench) => Figures | Promise<Figures>>> = {
  preview: previewFigures,
  change: changeFigures,
  outage: outageFigures,
  upgrade: upgradeFigures,
  ssh: sshFigures,
  routers: routerFigures,
  "preview-growth": previewGrowth,
};
const REFRESH_GROWTH = "refresh-growth";

const json = process.argv.includes("--json");
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const known = [...Object.keys(ON_THE_LAB), REFRESH_GROWTH];
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(", ")}. There are: ${known.join(", ")}.\n`);
  process.exit(2);
}

const toolchain = await ensureToolchain();
const wanted = (name: string) => names.length === 0 || names.includes(name);
const figures: Record<string, Figure> = {};
const chosen = Object.entries(ON_THE_LAB).filter(([name]) => wanted(name));
if (chosen.length > 0) {
  await withBench(toolchain, async (bench) => {
    for (const [name, measure] of chosen) await keep(name, () => measure(bench));
  });
}
if (wanted(REFRESH_GROWTH)) await keep(REFRESH_GROWTH, () => refreshGrowth(toolchain));
if (json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);

/** Takes the figures of one benchmark, and says them at once. A failure is no reason to lose the others. */
async function keep(name: string, measure: () => Figures | Promise<Figures>): Promise<void> {
  try {
    const found = await measure();
    Object.assign(figures, found);
    for (const [figure, value] of Object.entries(found)) (json ? process.stderr : process.stdout).write(line(figure, value));
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${name} failed: ${error instanceof Error ? error.stack : error}\n`);
  }
}

function line(name: string, { value, unit, goal }: Figure): string {
  const verdict = goal === null ? "" : value <= goal ? `goal ${goal}: met` : `goal ${goal}: not met`;
  return `${name.padEnd(36)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(12)} ${verdict}\n`;
}
