import { countSsh } from "../rehearsal/simulation/ssh-log.ts";
import type { Bench } from "./lab.ts";
import type { Figures } from "./measure.ts";
import { bytesOnCable, oneByOneFigures, ROUTER } from "./one-by-one.ts";

/** What routers cost: sessions and bytes of each operation, and its time over that of one command for each setting. */
export async function routerFigures(bench: Bench): Promise<Figures> {
  const { lab } = bench;
  const stack = lab.plan().config.primary;
  try {
    await lab.addRouters();
    await lab.up(stack);
    return { ...(await sessionFigures(bench, stack)), ...(await oneByOneFigures(bench)) };
  } finally {
    lab.resetConfig();
    await lab.up(stack);
    await lab.removeRouters();
  }
}

/** Sessions on the router that has the most of them, and bytes on the cable of one, by the real engine. */
async function sessionFigures({ lab }: Bench, stack: string): Promise<Figures> {
  const run = async (...args: readonly string[]) => {
    const before = await bytesOnCable(lab, ROUTER);
    const { calls, result } = await countSsh(lab, [...args, "--stack", stack]);
    if (result.status !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
    const sessions = lab.instance.routers.map(({ address }) => calls.filter((call) => call.address === address).length);
    return { sessions: Math.max(...sessions), bytes: (await bytesOnCable(lab, ROUTER)) - before };
  };
  const noop = await run("up", "--yes", "--skip-preview");
  const refresh = await run("preview", "--refresh");
  lab.editProject((document) => document.setIn(["config", "homelab:network", "value", "vlans", "lan", "pool"], "120-199"));
  const change = await run("up", "--yes", "--skip-preview");
  return {
    uci_execs_noop: { value: noop.sessions, unit: "sessions", goal: 0 },
    uci_execs_refresh: { value: refresh.sessions, unit: "sessions", goal: 1 },
    uci_execs_change: { value: change.sessions, unit: "sessions", goal: 3 },
    uci_kib_noop: { value: noop.bytes / 1024, unit: "KiB", goal: null },
    uci_kib_refresh: { value: refresh.bytes / 1024, unit: "KiB", goal: null },
    uci_kib_change: { value: change.bytes / 1024, unit: "KiB", goal: null },
  };
}
