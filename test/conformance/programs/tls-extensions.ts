// Which extensions a certificate gets, and which forms a key has.
import * as tls from "@pulumi/tls";

const caKey = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const ca = new tls.SelfSignedCert("ca", {
  privateKeyPem: caKey.privateKeyPem,
  isCaCertificate: true,
  allowedUses: ["cert_signing"],
  validityPeriodHours: 87600,
  subject: { commonName: "root" },
});
const key = new tls.PrivateKey("key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const request = new tls.CertRequest("request", { privateKeyPem: key.privateKeyPem, subject: { commonName: "app" } });

function sign(name: string, more: object): void {
  new tls.LocallySignedCert(name, {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: caKey.privateKeyPem,
    caCertPem: ca.certPem,
    allowedUses: ["server_auth"],
    validityPeriodHours: 100,
    ...more,
  });
}
sign("plain", {});
sign("isCa", { isCaCertificate: true, allowedUses: ["cert_signing"] });
sign("isCa0", { isCaCertificate: true, maxPathLength: 0, allowedUses: ["cert_signing"] });
sign("isCa2", { isCaCertificate: true, maxPathLength: 2, allowedUses: ["cert_signing"] });
sign("caNoUse", { isCaCertificate: true, allowedUses: [] });
sign("ski", { setSubjectKeyId: true });
const uses = `digital_signature content_commitment key_encipherment data_encipherment key_agreement cert_signing crl_signing encipher_only
  decipher_only any_extended server_auth client_auth code_signing email_protection ipsec_end_system ipsec_tunnel ipsec_user timestamping
  ocsp_signing microsoft_server_gated_crypto netscape_server_gated_crypto microsoft_commercial_code_signing microsoft_kernel_code_signing`;
for (const use of uses.split(/\s+/)) sign(`use-${use}`, { allowedUses: [use] });

function self(name: string, more: object): tls.SelfSignedCert {
  const args = {
    privateKeyPem: key.privateKeyPem,
    subject: { commonName: "self" },
    allowedUses: [],
    validityPeriodHours: 100,
    ...more,
  };
  return new tls.SelfSignedCert(name, args);
}
self("self", {});
self("selfSkiAki", { setSubjectKeyId: true, setAuthorityKeyId: true });
self("selfCa", { isCaCertificate: true });
self("selfCa0", { isCaCertificate: true, maxPathLength: 0 });
self("selfIp", { ipAddresses: ["10.0.0.1"], dnsNames: ["a.test"] });
const skiCa = self("skiCa", { isCaCertificate: true, setSubjectKeyId: true });
new tls.LocallySignedCert("underSkiCa", {
  certRequestPem: request.certRequestPem,
  caPrivateKeyPem: key.privateKeyPem,
  caCertPem: skiCa.certPem,
  allowedUses: ["server_auth"],
  validityPeriodHours: 100,
});

const kinds: Record<string, tls.PrivateKeyArgs> = {
  rsaDefault: { algorithm: "RSA" },
  ecDefault: { algorithm: "ECDSA" },
  p224: { algorithm: "ECDSA", ecdsaCurve: "P224" },
  p384: { algorithm: "ECDSA", ecdsaCurve: "P384" },
  ed: { algorithm: "ED25519" },
};
for (const [name, args] of Object.entries(kinds)) {
  const { privateKeyPem } = new tls.PrivateKey(name, args);
  new tls.SelfSignedCert(name, {
    privateKeyPem,
    subject: { commonName: name },
    allowedUses: ["server_auth"],
    validityPeriodHours: 1,
  });
}
