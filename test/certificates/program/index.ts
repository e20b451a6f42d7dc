/** The lab's certificate authority with a few leaves, and a CA that has no right to be one. */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { CertificateAuthority } from "../../../components/certificate-authority.ts";
import { type Issuer, issue, KEY, VALIDITY } from "../../../components/certificates.ts";
import { clientCertificate, serverCertificate } from "../../../lab/certificates.ts";
import { names } from "../names.ts";

const authority = new CertificateAuthority("ca", { domain: names.domain, host: "adama", otherHosts: ["starbuck"] });

function issuerOf(host: string): Issuer {
  const issuer = authority.issuers[host];
  if (issuer === undefined) throw new Error(`No intermediate for ${host}`);
  return issuer;
}

/** What someone could make who holds an intermediate's key: a CA below it. */
function forgedAuthority(): Issuer {
  const { privateKeyPem, certificatePem, rootPem } = issuerOf("adama");
  const key = new tls.PrivateKey("forged", KEY);
  const request = new tls.CertRequest("forged", { privateKeyPem: key.privateKeyPem, subject: { commonName: "forged" } });
  const certificate = new tls.LocallySignedCert("forged", {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: privateKeyPem,
    caCertPem: certificatePem,
    isCaCertificate: true,
    setSubjectKeyId: true,
    allowedUses: ["cert_signing", "crl_signing"],
    ...VALIDITY.intermediate,
  });
  // Its leaves come with the whole chain up to the root.
  return { privateKeyPem: key.privateKeyPem, certificatePem: pulumi.concat(certificate.certPem, certificatePem), rootPem };
}

const server = serverCertificate(names.server, [names.page], names.address);
const client = clientCertificate(names.client);

export const root = authority.rootPem;
export const intermediates = Object.fromEntries(
  Object.entries(authority.issuers).map(([host, { certificatePem }]) => [host, certificatePem]),
);
export const chains = {
  server: issue("server", server, issuerOf("adama"), {}).chainPem,
  client: issue("client", client, issuerOf("adama"), {}).chainPem,
  starbuck: issue("starbuck-server", server, issuerOf("starbuck"), {}).chainPem,
  forged: issue("forged-leaf", server, forgedAuthority(), {}).chainPem,
};
