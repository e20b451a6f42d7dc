import { parseArgs } from "node:util";
import { command, report } from "./command.ts";
import { hostTarget, onHost, workloadName } from "./hosts.ts";

const USAGE = `npm run release -- starbuck grafana    lets versions of grafana in again that failed or were rolled back on starbuck
The next deploy tries them once more. Which are held: npm run preview`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", default: false } },
  });
  if (values.help) return report(USAGE);
  const [stack, word, more] = positionals;
  if (stack === undefined || word === undefined || more !== undefined)
    throw new Error(`Of which stack, which workload?\n\n${USAGE}`);
  const workload = workloadName(word);
  return report(await onHost(hostTarget(process.cwd(), stack), ["release", workload]));
}

if (import.meta.main) await command(main);
