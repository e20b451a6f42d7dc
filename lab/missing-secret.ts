import type { ConfigProblem } from "./model.ts";

/**
 * A secret that a person has to give, and did not.
 * @param host whose stack's file it belongs in
 * @param name without `secret:`
 * @param why what is wrong without it
 */
export function missingSecret(host: string, name: string, why: string): ConfigProblem {
  const remedy = `npx pulumi config set --stack ${host} --secret secret:${name}\n       asks for it.`;
  return { file: `Pulumi.${host}.yaml`, path: `secret:${name}`, message: `is missing: ${why}`, remedy };
}
