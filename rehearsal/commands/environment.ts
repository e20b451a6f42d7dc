import type { Toolchain } from "../toolchain/index.ts";

/**
 * What tests and benchmarks find in their environment: `HOMELAB_PULUMI` (the engine), `HOMELAB_PLUGINS` (what it is made of,
 * for people), `PULUMI_HOME`, and Node 24 and the engine first on PATH.
 */
export function labEnvironment(toolchain: Toolchain): NodeJS.ProcessEnv {
  return { ...toolchain.env, HOMELAB_PULUMI: toolchain.pulumi, HOMELAB_PLUGINS: toolchain.description.join("\n") };
}
