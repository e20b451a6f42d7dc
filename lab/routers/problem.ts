import type { ConfigProblem } from "../model.ts";

/** Something wrong with network or routers, at a key of `Pulumi.yaml` without its prefix. */
export function problem(path: string, value: unknown, message: string, remedy: string): ConfigProblem {
  return { file: "Pulumi.yaml", path: `homelab:${path}`, ...(value === undefined ? {} : { value }), message, remedy };
}
