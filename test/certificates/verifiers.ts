/** Whether OpenSSL and Go accept a certificate: the two libraries that all software of the lab rests on. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, run } from "../../operations/shell.ts";
import { ensureGo } from "../../rehearsal/toolchain/go.ts";

/** A peer that shows its chain, to one who knows the root. */
export interface Shown {
  readonly root: string;
  /** The leaf, then what it was signed by. */
  readonly chain: string;
  readonly usage: "server" | "client";
}

/** What a verifier says: `accepted`, or why not. */
export type Verdict = string;

/** By `openssl verify`. */
export async function opensslVerdict({ root, chain, usage }: Shown): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "homelab-verify-"));
  try {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const [leaf = ""] = certificatesIn(chain);
    const trust = ["-CAfile", file("root.pem", root), "-untrusted", file("chain.pem", chain), "-no-CApath", "-x509_strict"];
    const { status, stderr } = await attempt("openssl", ["verify", ...trust, "-purpose", `ssl${usage}`, file("leaf.pem", leaf)]);
    return status === 0 ? "accepted" : (/lookup: (.*)$/m.exec(stderr)?.[1] ?? stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By Go's crypto/x509, all in one run. */
export async function goVerdicts(shown: readonly Shown[]): Promise<readonly Verdict[]> {
  const program = join(import.meta.dirname, "verify.go");
  return JSON.parse(await run("go", ["run", program], { env: await ensureGo(), input: JSON.stringify(shown) }));
}

/** The certificates of a PEM text, one by one. */
export function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n/g) ?? [];
}
