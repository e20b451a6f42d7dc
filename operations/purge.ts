import { parseArgs } from "node:util";
import { command, confirmed, report } from "./command.ts";
import { hostsOf, hostTarget, onHost, workloadName } from "./hosts.ts";

const USAGE = `npm run purge -- starbuck grafana    deletes the data of a workload that is no longer on starbuck
  --without-backup   even if there is no snapshot of it
  --yes              without the question
Its snapshots stay for as long as they are kept: npm run restore`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "without-backup": { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return report(USAGE);
  const [stack, word, more] = positionals;
  if (stack === undefined || word === undefined || more !== undefined)
    throw new Error(`On which host, which workload?\n\n${USAGE}`);
  const workload = workloadName(word);
  const folder = process.cwd();
  const target = hostTarget(folder, stack);
  if (hostsOf(folder, workload).includes(stack)) {
    throw new Error(`${workload} belongs on ${stack}: take it out of homelab:placement and deploy first. Nothing was deleted.`);
  }
  if (!values.yes && !(await confirmed(`Delete all data of ${workload} on ${stack}?`))) {
    report("Nothing was deleted.");
    return 1;
  }
  return report(await onHost(target, ["purge", workload, ...(values["without-backup"] ? ["--without-backup"] : [])]));
}

if (import.meta.main) await command(main);
