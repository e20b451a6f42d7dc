/** What openssl reads in certificates and requests, in the words of the recordings. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { StateResource } from "./engine.ts";

/** Lines of a resource's certificate or request: version, subject, and each extension with its value. Key ids are `<id>`. */
export function opensslText(resource: StateResource): string[] {
  const certificate = resource.outputs.certPem;
  const kind = certificate === undefined ? "req" : "x509";
  const options = ["-noout", "-text", "-nameopt", "RFC2253"];
  const input = String(certificate ?? resource.outputs.certRequestPem);
  const lines = execFileSync("openssl", [kind, ...options], { input, encoding: "utf8" }).split("\n");
  const kept: string[] = [];
  let extension = false;
  for (const line of lines.map((each) => each.trim())) {
    if (line.startsWith("Signature Algorithm")) extension = false;
    if (line.startsWith("X509v3 extensions:")) continue;
    if (line.startsWith("X509v3 ")) extension = true;
    const wanted = extension || (kind === "x509" && line.startsWith("Version:")) || line.startsWith("Subject:");
    if (wanted && line !== "") kept.push(line.replace(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/, "<id>"));
  }
  return kept;
}

/** Whether openssl finds that a certificate was signed by a CA. `folder` is a place for a file. */
export function opensslVerifies(leaf: string, ca: string, folder: string): boolean {
  const file = path.join(folder, "ca.pem");
  fs.writeFileSync(file, ca);
  try {
    execFileSync("openssl", ["verify", "-CAfile", file], { input: leaf, stdio: ["pipe", "pipe", "pipe"] });
    return true;
  } catch {
    return false;
  }
}
