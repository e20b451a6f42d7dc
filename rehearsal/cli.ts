/** The commands: `npm run rehearse`, `npm run lab`, `npm test`, `npm run bench`. Started by main.mjs under Node 24. */
import { messageOf } from "../operations/command.ts";
import { say } from "./say.mjs";

const usage = `npm run rehearse                   plays every scene and leaves nothing behind
npm run rehearse -- <scene> …      plays some of them
npm run rehearse -- up             brings the lab up and leaves it up
npm run rehearse -- status         what is there
npm run rehearse -- down           removes every trace of the lab; with --cache also all that was downloaded and built
npm run lab -- <pulumi arguments>  Pulumi against the lab, e.g. npm run lab -- preview --stack starbuck
npm run lab -- run <command> …     one of our own against the lab, e.g. npm run lab -- run deploy starbuck
npm test                           all tests; npm test -- test/lab for some
npm run bench                      benchmarks, all or -- some by name
                                   for programs: npm run -s bench -- --json`;

/** @returns the exit status */
async function main(command: string | undefined, args: readonly string[]): Promise<number> {
  if (process.getuid?.() !== 0 && command !== "help" && command !== "test") {
    throw new Error(
      "The rehearsal starts machines with systemd in containers, which needs root: run it as root, or with sudo -E.",
    );
  }
  switch (command) {
    case "rehearse":
      return (await import("./commands/rehearse.ts")).rehearse(args);
    case "lab":
      return (await import("./commands/lab.ts")).lab(args);
    case "test":
      return (await import("./commands/test.ts")).test(args);
    case "bench":
      return (await import("./commands/bench.ts")).bench(args);
    default:
      say(usage);
      return command === "help" ? 0 : 2;
  }
}

try {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  say(`\n${messageOf(error)}`);
  if (process.env.HOMELAB_DEBUG !== undefined && error instanceof Error) say(error.stack ?? "");
  process.exitCode = 1;
}
