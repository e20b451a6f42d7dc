import { credentialFileOf } from "./backup/credentials.ts";
import type { ConfigProblem } from "./model.ts";

/**
 * A secret that a person has to give, and did not.
 * @param host whose stack's file it belongs in
 * @param name without `secret:`
 * @param why what is wrong without it
 */
export function missingSecret(host: string, name: string, why: string): ConfigProblem {
  return { file: `Pulumi.${host}.yaml`, path: `secret:${name}`, message: `is missing: ${why}`, remedy: givingSecret(host, name) };
}

/** How a person gives a secret. What Pulumi asks for ends with the first line, so that a file has to be handed over whole. */
export function givingSecret(host: string, name: string): string {
  const command = `npx pulumi config set --stack ${host} --secret secret:${name}`;
  const file = credentialFileOf(name);
  return file ? `${command} < ${file.example}\n       takes it out of that file.` : `${command}\n       asks for it.`;
}
