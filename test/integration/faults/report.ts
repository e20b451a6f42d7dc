import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { textTable } from "../../../lab/text-table.ts";
import { repository } from "../../../rehearsal/toolchain/paths.ts";
import type { Played } from "./cell.ts";
import { faults } from "./faults.ts";
import { phases } from "./phases.ts";

const PAGE = join(repository, "docs", "faults.md");
const [BEGIN, END] = ["<!-- table: begin -->", "<!-- table: end -->"];

/** What was played, one line each, for a terminal. */
export function lines(played: readonly Played[]): string {
  const header = ["fault", "phase", "the up", "serves", "no answer for", "the next up did"];
  return textTable([
    header,
    ...played.map(({ fault, phase, up, served, outage, next }) => [fault, phase, up, served, seconds(outage), next]),
  ]);
}

/** Puts the table of a run of all cells into the documentation. */
export function writeDocumentation(played: readonly Played[], undisturbed: Played): void {
  const text = readFileSync(PAGE, "utf8");
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${PAGE} has no place for the table: ${BEGIN} … ${END}`);
  const table = `${BEGIN}\n${matrix(played, undisturbed)}\n`;
  writeFileSync(PAGE, text.slice(0, before) + table + text.slice(after));
}

/** Faults down, phases across. */
function matrix(played: readonly Played[], undisturbed: Played): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rows = faults.map(({ name, words }) => [
    `**${name}**: ${words}`,
    ...phases.map((phase) => {
      const cell = played.find((one) => one.fault === name && one.phase === phase.name);
      return cell === undefined ? "not played" : `${cell.served}, ${seconds(cell.outage)}; ${cell.next}`;
    }),
  ]);
  return [
    `Without any fault: ${undisturbed.served}, ${seconds(undisturbed.outage)}; ${undisturbed.next}.`,
    "",
    row(["", ...phases.map(({ name }) => name)]),
    row(["---", ...phases.map(() => "---")]),
    ...rows.map(row),
  ].join("\n");
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
