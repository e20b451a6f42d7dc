/** `npm run rehearse`: the lab on one machine. */
import { rmSync } from "node:fs";
import { cacheRoot } from "../cache.mjs";
import { duration, say, step } from "../say.mjs";
import { scenes } from "../scenes/index.ts";
import { play, table } from "../scenes/play.ts";
import type { Scene } from "../scenes/scene.ts";
import { type Instance, instanceOf } from "../simulation/instance.ts";
import type { Lab } from "../simulation/lab.ts";
import { sshConfig } from "../simulation/ssh.ts";
import { removeLab, startLab, statusOf } from "../simulation/up.ts";
import { ensureToolchain, introduce } from "../toolchain/index.ts";
import { releaseStorage } from "../toolchain/podman.ts";
import { currentInstance } from "./current.ts";

/** Scenes are played on a lab of their own: a lab that is up is not disturbed. */
const sceneInstance = "scenes";

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
  const lab = await setUp(instance);
  for (const { name } of instance.hosts) {
    await step(`pulumi up --stack ${name}`, 30, () => lab.up(name));
  }
  say(`\n${whatToTry(lab)}`);
  return 0;
}

async function setUp(instance: Instance): Promise<Lab> {
  introduce(await ensureToolchain());
  const lab = await startLab(instance);
  say(["The images:", ...lab.catalogue.description.map((line) => `  ${line}`)].join("\n"));
  return lab;
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
  for (const gone of [instance, instanceOf(sceneInstance)]) {
    if ((await statusOf(gone)).length > 0) await step(`Removing the simulated lab "${gone.name}"`, 3, () => removeLab(gone));
  }
  if (withCache) {
    await releaseStorage();
    rmSync(cacheRoot, { recursive: true, force: true });
    say(`Nothing is left, the cache (${cacheRoot}) neither. Debian packages that were installed stay.`);
  } else {
    say(`Nothing of it is left. What was downloaded and built stays in ${cacheRoot} for the next time; down --cache removes it.`);
  }
  return 0;
}

async function status(instance: Instance): Promise<number> {
  const lines = await statusOf(instance);
  say(lines.length === 0 ? "There is no lab here. Bring one up: npm run rehearse -- up" : lines.join("\n"));
  return 0;
}

async function playScenes(args: readonly string[]): Promise<number> {
  const keep = args.includes("--keep");
  const chosen = chooseScenes(args.filter((arg) => arg !== "--keep"));
  const instance = instanceOf(sceneInstance);
  const start = Date.now();
  if ((await statusOf(instance)).length > 0) await removeLab(instance);
  const lab = await setUp(instance);
  const ready = Date.now();
  const played = await play(chosen, { lab });
  if (keep) say(`\nThe lab of the scenes is left up: HOMELAB_INSTANCE=${sceneInstance} npm run lab -- …`);
  else await removeLab(instance);
  say(`\n${table(played)}`);
  for (const workload of lab.notRehearsed) say(`${workload}: not rehearsed, there is no image for it here`);
  say(
    `\nSet-up ${duration((ready - start) / 1000)}, all in all ${duration((Date.now() - start) / 1000)}.${keep ? "" : " Nothing was left behind."}`,
  );
  return played.some(({ result }) => result === "FAILED" || result === "not played") ? 1 : 0;
}

/** The named scenes with those that they stand on; all if none is named. */
function chooseScenes(names: readonly string[]): readonly Scene[] {
  const unknown = names.find((name) => !scenes.some((scene) => scene.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `There is no scene "${unknown}". There are: ${scenes.map((scene) => scene.name).join(", ")}; and up, status, down.`,
    );
  }
  return names.length === 0 ? scenes : scenes.filter((scene) => scene.foundation || names.includes(scene.name));
}
