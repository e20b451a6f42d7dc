import { describeChange } from "../simulation/changes.ts";
import { expect, type Scene } from "./scene.ts";

/** The most telling of all checks: what was declared is what is there. */
export const nothingToDo: Scene = {
  name: "nothing-to-do",
  title: "After an `up` there is nothing left to do: a second preview is empty, with --refresh too",
  look: "npm run lab -- preview --refresh --stack starbuck",
  async play({ lab, tell }) {
    for (const { name } of lab.instance.hosts) {
      for (const refresh of [false, true]) {
        const command = `preview --stack ${name}${refresh ? " --refresh" : ""}`;
        const changes = await lab.previewChanges(name, { refresh });
        expect(changes.length === 0, `${command} would change:\n${changes.map(describeChange).join("\n")}`);
        tell(`pulumi ${command}: no changes`);
      }
    }
  },
};
