import type { AlertsConfig, Receiver } from "./model.ts";

/**
 * What is secret about those who are told of alerts: given by the person as `secret:alerts.<name>.<what>` in the file of
 * Alertmanager's host, which reads each from a file of its own.
 */

const NAME = /^alerts\.([^.]*)\.(.*)$/;

/** Whom a secret is about, undefined for a secret of another kind. */
export function receiverOf(secret: string): string | undefined {
  return NAME.exec(secret)?.[1];
}

/** The name of a secret. */
export function alertSecret(receiver: string, what: string): string {
  return `alerts.${receiver}.${what}`;
}

/** The folder of the files among Alertmanager's configuration. */
export const RECEIVERS = "receivers/";

/** The file of a secret there. */
export function receiverFile(receiver: string, what: string): string {
  return `${RECEIVERS}${receiver}.${what}`;
}

/** What has to be given for all who are told. */
export function alertSecrets(alerts: AlertsConfig): readonly { readonly receiver: string; readonly what: string }[] {
  return Object.entries(alerts).flatMap(([receiver, ways]) => secretsOf(ways).map((what) => ({ receiver, what })));
}

function secretsOf({ email, pushover, telegram, webhook }: Receiver): readonly string[] {
  return [
    ...(email?.user === undefined ? [] : ["password"]),
    ...(pushover ? ["token", "user"] : []),
    ...(telegram ? ["token"] : []),
    ...(webhook ? ["url"] : []),
  ];
}

/** What is wrong with a secret that was given, or undefined. The value is not in the answer. */
export function alertSecretProblem(name: string, value: string): string | undefined {
  if (receiverOf(name) === undefined) return undefined;
  if (value.trim() === "" || /[\r\n]/.test(value)) return "is not one line";
  return name.endsWith(".url") && !/^https?:\/\/\S+$/.test(value)
    ? "is no address that begins with http:// or https://"
    : undefined;
}
