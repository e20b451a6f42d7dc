/** `npm run bench`: hands over to `bench/main.ts` with the engine on PATH. */
import { join } from "node:path";
import { show } from "../../operations/shell.ts";
import { ensureToolchain } from "../toolchain/index.ts";
import { repository } from "../toolchain/paths.ts";
import { labEnvironment } from "./environment.ts";

/** @returns the exit status of the benchmarks */
export async function bench(args: readonly string[]): Promise<number> {
  const toolchain = await ensureToolchain();
  return await show(process.execPath, [join(repository, "bench", "main.ts"), ...args], {
    cwd: repository,
    env: labEnvironment(toolchain),
  });
}
