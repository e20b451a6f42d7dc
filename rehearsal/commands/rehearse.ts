/** `npm run rehearse`: the lab on one machine. */
import { clearCache, inCache } from "../cache.mjs";
import { say, step } from "../say.mjs";
import { type Instance, instanceOf } from "../simulation/instance.ts";
import type { Lab } from "../simulation/lab.ts";
import { instancesPresent } from "../simulation/owner.ts";
import { sshConfig } from "../simulation/ssh.ts";
import { removeLab, startLab, statusOf } from "../simulation/up.ts";
import { releaseStorage } from "../toolchain/podman.ts";
import { currentInstance } from "./current.ts";
import { playScenes, prepare, sceneInstance } from "./play-scenes.ts";

/** @returns the exit status */
export async function rehearse(args: readonly string[]): Promise<number> {
  const instance = instanceOf(currentInstance());
  switch (args[0]) {
    case "up":
      return await up(instance);
    case "down":
      return await down(instance, args.includes("--cache"));
    case "status":
      return await status(instance);
    default:
      return await playScenes(args);
  }
}

async function up(instance: Instance): Promise<number> {
  await prepare(instance);
  const lab = await startLab(instance);
  for (const { name } of instance.hosts) {
    await step(`pulumi up --stack ${name}`, 30, () => lab.up(name));
  }
  say(`\n${whatToTry(lab)}`);
  return 0;
}

function whatToTry({ instance, notRehearsed }: Lab): string {
  const hosts = instance.hosts.map(
    ({ name, address }) => `  ${name.padEnd(10)} ${address}   ssh -F ${sshConfig(instance)} ${name}`,
  );
  return [
    "The lab is up:",
    ...hosts,
    ...(notRehearsed.length === 0 ? [] : [`Not rehearsed, for want of an image: ${notRehearsed.join(", ")}`]),
    "Try:",
    "  npm run lab -- preview --stack starbuck     after a change of a file, what would happen",
    "  npm run lab -- up --stack starbuck          let it happen",
    "  npm run plan                                the lab as a table",
    "  npm run rehearse -- down                    remove all of it",
  ].join("\n");
}

async function down(instance: Instance, withCache: boolean): Promise<number> {
  // The cache is shared by all labs of this machine: without it none can run on.
  const others = withCache ? (await instancesPresent()).map((name) => instanceOf(name)) : [];
  for (const gone of [instance, instanceOf(sceneInstance), ...others]) {
    if ((await statusOf(gone)).length > 0) await step(`Removing the simulated lab "${gone.name}"`, 3, () => removeLab(gone));
  }
  if (withCache) {
    await releaseStorage();
    clearCache();
    say(`Nothing is left, the cache (${inCache()}) neither. Debian packages that were installed stay.`);
  } else {
    say(`Nothing of it is left. What was downloaded and built stays in ${inCache()} for the next time; down --cache removes it.`);
  }
  return 0;
}

async function status(instance: Instance): Promise<number> {
  const lines = await statusOf(instance);
  say(lines.length === 0 ? "There is no lab here. Bring one up: npm run rehearse -- up" : lines.join("\n"));
  return 0;
}
