import { ChangeOfVersion } from "../rehearsal/scenes/change.ts";
import { ONE_LINE } from "../rehearsal/scenes/one-line.ts";
import type { Bench } from "./lab.ts";
import { type Figures, median, milliseconds, ROUNDS } from "./measure.ts";

/** An `up` that changes one line of one workload's configuration, over the preview of a program that declares nothing. */
export function changeFigures({ lab, empty, pulumi }: Bench): Figures {
  const host = lab.plan().workloads.find(({ name }) => name === "prometheus")?.host;
  if (host === undefined) throw new Error("There is no Prometheus in the placement.");
  const copy = lab.useCopyOfProgram();
  let seconds = 28;
  const changed = () => {
    seconds = 57 - seconds;
    copy.edit(ONE_LINE.file, (text) => text.replace(ONE_LINE.text, `scrape_interval: "${seconds}s"`));
    return milliseconds(pulumi(host, "up", "--yes", "--skip-preview"));
  };
  try {
    changed();
    const ratios = Array.from({ length: ROUNDS }, () => changed() / milliseconds(empty.command("preview")));
    return { up_one_change: { value: median(ratios), unit: "ratio", goal: 2.5 } };
  } finally {
    lab.resetConfig();
    milliseconds(pulumi(host, "up", "--yes", "--skip-preview"));
  }
}

/**
 * For how long a client gets no answer when a workload changes its version, over a bare `systemctl restart` of the same. It is one
 * without data to save: what that costs is another figure.
 */
export async function outageFigures({ lab }: Bench): Promise<Figures> {
  const change = new ChangeOfVersion(lab, "alertmanager");
  const outageOf = async (act: () => Promise<unknown>) => {
    const client = await change.client();
    await act();
    await client.answered();
    await client.stop();
    return client.outage;
  };
  const ratios: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      change.declare(round % 2 === 0 ? "next" : "current");
      const switched = await outageOf(() => lab.up(change.host));
      const restarted = await outageOf(() => lab.on(change.host, `systemctl restart ${change.workload}`));
      ratios.push(switched / restarted);
    }
  } finally {
    lab.resetConfig();
    await lab.up(change.host);
  }
  return { switch_vs_restart: { value: median(ratios), unit: "ratio", goal: 1.5 } };
}
