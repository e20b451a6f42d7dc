import { countSsh } from "../rehearsal/simulation/ssh-log.ts";
import type { Bench } from "./lab.ts";
import type { Figures } from "./measure.ts";

/** How many ssh sessions the lab's own providers open on a host: of the stack that opens the most. */
export async function sshFigures({ lab }: Bench): Promise<Figures> {
  const most = async (...args: readonly string[]) => {
    const counts: number[] = [];
    for (const { name } of lab.instance.hosts) {
      const { calls } = await countSsh(lab, [...args, "--stack", name]);
      counts.push(calls.filter(({ ours }) => ours).length);
    }
    return Math.max(...counts);
  };
  return {
    ssh_execs_noop: { value: await most("up", "--yes", "--skip-preview"), unit: "sessions", goal: 0 },
    ssh_execs_refresh: { value: await most("preview", "--refresh"), unit: "sessions", goal: 1 },
  };
}
