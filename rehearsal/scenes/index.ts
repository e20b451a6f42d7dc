/** All scenes in the order in which they are played. A new one is a file and its line here. */
import { badVersion } from "./bad-version.ts";
import { cutInTheMiddle } from "./cut-in-the-middle.ts";
import { firstUp } from "./first-up.ts";
import { killedEngine } from "./killed-engine.ts";
import { mutualTls } from "./mutual-tls.ts";
import { newRouter } from "./new-router.ts";
import { nothingToDo } from "./nothing-to-do.ts";
import { oneLine } from "./one-line.ts";
import { powerCut } from "./power-cut.ts";
import { rollbackOfOne, rollbackWithData } from "./rollback.ts";
import { routers } from "./routers.ts";
import type { Scene } from "./scene.ts";
import { strangers } from "./strangers.ts";
import { upgradeWithData } from "./upgrade-with-data.ts";
import { vlans } from "./vlans.ts";

export const scenes: readonly Scene[] = [
  firstUp,
  nothingToDo,
  mutualTls,
  strangers,
  oneLine,
  badVersion,
  killedEngine,
  cutInTheMiddle,
  powerCut,
  upgradeWithData,
  rollbackWithData,
  rollbackOfOne,
  routers,
  newRouter,
  vlans,
];
