/** The programs of `rehearsal/openwrt`, which play an OpenWrt device's own. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../operations/shell.ts";
import { cached, inCache } from "../cache.mjs";
import { step } from "../say.mjs";
import { hashOfFolder } from "./content.ts";
import { ensureGo } from "./go.ts";
import { repository } from "./paths.ts";

/** Where their sources are. */
export const openwrtSources = join(repository, "rehearsal", "openwrt");

/** Builds them, once for each state of their sources, and returns the folder that they are in: executables that need no library. */
export async function ensureOpenwrtPrograms(): Promise<string> {
  const key = `openwrt-${hashOfFolder(openwrtSources)}-${process.arch}`;
  const env = existsSync(inCache(key)) ? process.env : await ensureGo();
  return await cached(key, (draft) =>
    step("Building the programs of the simulated routers (once)", 15, () =>
      run("go", ["build", "-ldflags", "-s -w", "-o", draft, "./cmd/..."], { cwd: openwrtSources, env }),
    ),
  );
}
