import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inCache } from "../../rehearsal/cache.mjs";

/**
 * Takes what only one file of tests may use at a time, if nobody has it. It is this file's until its process ends, however it
 * ends: the lock is the kernel's.
 */
export function tryToHold(name: string): Promise<boolean> {
  const locks = inCache("locks");
  mkdirSync(locks, { recursive: true });
  const holder = spawn("flock", ["--nonblock", join(locks, `tests-${name}`), "sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // The process ends all the same: its end is what frees the lock.
  holder.unref();
  return new Promise((resolve) => {
    holder.stdout.once("data", () => resolve(true));
    holder.once("exit", () => resolve(false));
  });
}

/** The same, and waits for it. */
export async function hold(name: string): Promise<void> {
  while (!(await tryToHold(name))) await sleep(1000);
}
