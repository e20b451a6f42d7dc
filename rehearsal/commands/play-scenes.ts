/** `npm run rehearse` without a verb: plays the scenes on a lab of their own and leaves nothing behind. */
import { duration, say } from "../say.mjs";
import { scenes } from "../scenes/index.ts";
import { type Headline, type Played, perform, play, table } from "../scenes/play.ts";
import { expect, type Scene } from "../scenes/scene.ts";
import { ensureCatalogue } from "../simulation/catalogue.ts";
import { ensureImage } from "../simulation/images.ts";
import { type Instance, instanceOf } from "../simulation/instance.ts";
import type { Lab } from "../simulation/lab.ts";
import { removeLab, startLab, statusOf } from "../simulation/up.ts";
import { ensureToolchain, introduce } from "../toolchain/index.ts";

/** Scenes have a lab of their own: one that is up is not disturbed. */
export const sceneInstance = "scenes";

const setUp: Headline = {
  name: "set-up",
  title: "This machine gets everything that a rehearsal needs",
  look: "docs/rehearsal.md",
  foundation: true,
};
const boot: Headline = {
  name: "boot",
  title: "The Raspberry Pis are switched on, as they come from the imager",
  look: "rehearsal/simulation/pi.ts; rehearsal/images/pi",
  foundation: true,
};
const down: Headline = { name: "down", title: "Every trace of the lab is removed", look: "npm run rehearse -- up" };

/** Installs, downloads and builds what a lab needs, and says what it is made of. */
export async function prepare(instance: Instance): Promise<void> {
  introduce(await ensureToolchain());
  const { description } = await ensureCatalogue(instance);
  await ensureImage("registry");
  await ensureImage("pi");
  say(["The images:", ...description.map((line) => `  ${line}`)].join("\n"));
}

/**
 * Plays all scenes, or those that are named.
 *
 * @param args names of scenes; `--keep` leaves their lab up, to look at it
 * @returns the exit status: 0 if every scene that could be played went well
 */
export async function playScenes(args: readonly string[]): Promise<number> {
  const keep = args.includes("--keep");
  const chosen = chooseScenes(args.filter((arg) => arg !== "--keep"));
  const instance = instanceOf(sceneInstance);
  const start = Date.now();
  removeWhenInterrupted(instance);
  const played = await playOn(instance, chosen, keep);
  say(`\n${table(played)}\n\nAll in all ${duration((Date.now() - start) / 1000)}.`);
  if (keep) say(`The lab is left up: HOMELAB_INSTANCE=${sceneInstance} npm run lab -- …; npm run rehearse -- down removes it.`);
  return played.every(({ result }) => result === "ok" || result === "not rehearsed") ? 0 : 1;
}

async function playOn(instance: Instance, chosen: readonly Scene[], keep: boolean): Promise<readonly Played[]> {
  let lab: Lab | undefined;
  let played: readonly Played[] = [await perform(setUp, () => prepare(instance))];
  if (played[0]?.result === "ok") {
    const booted = await perform(boot, async (tell) => {
      if ((await statusOf(instance)).length > 0) await removeLab(instance);
      lab = await startLab(instance);
      for (const workload of lab.notRehearsed) tell(`${workload}: not rehearsed, there is no image for it here`);
    });
    played = [...played, booted];
  }
  if (lab !== undefined) played = await play(chosen, lab, played);
  if (keep) return played;
  return [...played, await perform(down, () => removeEverything(instance))];
}

async function removeEverything(instance: Instance): Promise<void> {
  await removeLab(instance);
  const left = await statusOf(instance);
  expect(left.length === 0, `Something is left: ${left.join(", ")}`);
}

/** Ctrl-C: what Pulumi is doing is interrupted by the same signal; the lab goes all the same. */
function removeWhenInterrupted(instance: Instance): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      say("\nInterrupted. Removing the lab …");
      await removeLab(instance).catch((error: unknown) => say(`${error}\nnpm run rehearse -- down removes what is left.`));
      process.exit(130);
    });
  }
}

/** The named scenes with those that they stand on; all if none is named. */
function chooseScenes(names: readonly string[]): readonly Scene[] {
  const unknown = names.find((name) => !scenes.some((scene) => scene.name === name));
  if (unknown !== undefined) {
    const known = scenes.map((scene) => scene.name).join(", ");
    throw new Error(`There is no scene "${unknown}". There are: ${known}; and up, status, down.`);
  }
  return names.length === 0 ? scenes : scenes.filter((scene) => scene.foundation || names.includes(scene.name));
}
