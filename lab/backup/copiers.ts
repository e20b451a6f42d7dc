import type { LabConfig } from "../model.ts";
import { backupIdentity } from "../names.ts";
import { copiersTo } from "./plan.ts";

/*
 * rest-server knows no client certificates. The Nginx before it knows who comes by the certificate, and tells rest-server by a
 * name and a password that nobody else has.
 */

/** rest-server's list of users: each host whose copies it keeps, as the name of its path. */
export function copiersText(host: string, config: LabConfig, passwordHash: string): string {
  return copiersTo(host, config)
    .map((copier) => `${copier}:${passwordHash}\n`)
    .join("");
}

/** Nginx' map from a certificate's subject to what rest-server wants to hear. */
export function copierAuthorization(host: string, config: LabConfig, password: string): string {
  const lines = copiersTo(host, config).map((copier) => {
    const authorization = Buffer.from(`${copier}:${password}`).toString("base64");
    return `  "CN=${backupIdentity(copier, config)}" "Basic ${authorization}";\n`;
  });
  return `map $ssl_client_s_dn $copier_authorization {\n  default "";\n${lines.join("")}}\n`;
}
