import { ensureToolchain } from "../rehearsal/toolchain/index.ts";
import { changeFigures, outageFigures } from "./change.ts";
import { withBench } from "./lab.ts";
import type { Figures } from "./measure.ts";
import { previewFigures, previewGrowth } from "./preview.ts";
import { refreshGrowth } from "./refresh-growth.ts";
import { routerFigures } from "./routers.ts";
import { sshFigures } from "./ssh.ts";
import { upgradeFigures } from "./upgrade.ts";

/** Runs the benchmarks; with `--json` prints one object, name → value, unit and goal, and nothing else. */
const json = process.argv.includes("--json");
const toolchain = await ensureToolchain();
const figures: Figures = {
  ...(await withBench(toolchain, async (bench) => ({
    ...previewFigures(bench),
    ...changeFigures(bench),
    ...(await outageFigures(bench)),
    ...(await upgradeFigures(bench)),
    ...(await sshFigures(bench)),
    ...(await routerFigures(bench)),
    ...previewGrowth(bench),
  }))),
  ...(await refreshGrowth(toolchain)),
};

if (json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
else print(figures);

function print(all: Figures): void {
  for (const [name, { value, unit, goal }] of Object.entries(all)) {
    const verdict = goal === null ? "" : value <= goal ? `goal ${goal}: met` : `goal ${goal}: not met`;
    process.stdout.write(`${name.padEnd(36)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(12)} ${verdict}\n`);
  }
}
