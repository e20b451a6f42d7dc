/** Certificates as the lab has them (root, intermediate, leaves of the plan), made with openssl: no engine is needed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertificatePlan } from "../../lab/model.ts";
import { run } from "../../operations/shell.ts";

/** A leaf with its intermediate, and its key, in PEM. */
export interface TestCertificate {
  readonly chain: string;
  readonly key: string;
}

/** A root with one intermediate. */
export interface TestAuthority {
  readonly rootPem: string;
  readonly issue: (plan: CertificatePlan) => Promise<TestCertificate>;
}

/** @param folder an empty folder for its files */
export async function makeAuthority(folder: string): Promise<TestAuthority> {
  const authority = ["keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"];
  const sign = async (name: string, commonName: string, issuer: string, extensions: readonly string[]): Promise<void> => {
    const file = (ending: string) => join(folder, `${name}.${ending}`);
    writeFileSync(file("ext"), `${extensions.join("\n")}\n`);
    await openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file("key")]);
    await openssl(["req", "-new", "-key", file("key"), "-subj", `/CN=${commonName}`, "-out", file("csr")]);
    const signer =
      issuer === name
        ? ["-signkey", file("key")]
        : ["-CA", join(folder, `${issuer}.pem`), "-CAkey", join(folder, `${issuer}.key`), "-CAcreateserial"];
    await openssl(["x509", "-req", "-in", file("csr"), ...signer, "-days", "90", "-extfile", file("ext"), "-out", file("pem")]);
  };
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  await sign("root", "test root", "root", ["basicConstraints=critical,CA:true,pathlen:1", ...authority]);
  await sign("intermediate", "test intermediate", "root", ["basicConstraints=critical,CA:true", ...authority]);
  return {
    rootPem: read("root.pem"),
    issue: async (plan) => {
      const name = `${plan.commonName}-${plan.usage}`;
      const names = [...plan.dnsNames.map((dns) => `DNS:${dns}`), ...plan.ipAddresses.map((ip) => `IP:${ip}`)];
      await sign(name, plan.commonName, "intermediate", [
        "basicConstraints=critical,CA:false",
        "keyUsage=critical,digitalSignature",
        `extendedKeyUsage=${plan.usage}Auth`,
        `subjectAltName=${names.join(",")}`,
      ]);
      return { chain: read(`${name}.pem`) + read("intermediate.pem"), key: read(`${name}.key`) };
    },
  };
}

async function openssl(args: readonly string[]): Promise<void> {
  await run("openssl", args);
}
