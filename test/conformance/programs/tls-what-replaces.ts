// Each variant changes one field of a key, a request, a certificate of it and a self-signed one: with s=all.
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const all = new pulumi.Config().require("s") === "all";

const keys: Record<string, Partial<tls.PrivateKeyArgs>> = { curve: { ecdsaCurve: "P384" }, algorithm: { algorithm: "RSA" } };
const requests: Record<string, Partial<tls.CertRequestArgs>> = {
  commonName: { subject: { commonName: "other" } },
  organization: { subject: { commonName: "app", organization: "x" } },
  dns: { dnsNames: ["a.test", "b.test", "c.test"] },
  dnsOrder: { dnsNames: ["b.test", "a.test"] },
  ip: { ipAddresses: ["10.0.0.2"] },
  uris: { uris: ["spiffe://x"] },
};
const leaves: Record<string, object> = {
  hours: { validityPeriodHours: 200 },
  early: { earlyRenewalHours: 20 },
  earlyGone: { earlyRenewalHours: undefined },
  uses: { allowedUses: ["digital_signature", "server_auth", "client_auth"] },
  usesOrder: { allowedUses: ["server_auth", "digital_signature"] },
  isCa: { isCaCertificate: true },
  ski: { setSubjectKeyId: true },
  pathLength: { isCaCertificate: true, maxPathLength: 0 },
};
const selves: Record<string, Partial<tls.SelfSignedCertArgs>> = {
  selfHours: { validityPeriodHours: 200 },
  selfEarly: { earlyRenewalHours: 20 },
  selfSubject: { subject: { commonName: "other" } },
  selfDns: { dnsNames: ["x"] },
};

const caKey = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const ca = new tls.SelfSignedCert("ca", {
  privateKeyPem: caKey.privateKeyPem,
  isCaCertificate: true,
  allowedUses: ["cert_signing"],
  validityPeriodHours: 87600,
  subject: { commonName: "root" },
});

for (const variant of [keys, requests, leaves, selves].flatMap(Object.keys)) {
  const key = new tls.PrivateKey(`${variant}:key`, { algorithm: "ECDSA", ecdsaCurve: "P256", ...(all ? keys[variant] : {}) });
  const request = new tls.CertRequest(`${variant}:request`, {
    privateKeyPem: key.privateKeyPem,
    subject: { commonName: "app" },
    dnsNames: ["a.test", "b.test"],
    ipAddresses: ["10.0.0.1"],
    ...(all ? requests[variant] : {}),
  });
  new tls.LocallySignedCert(`${variant}:leaf`, {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: caKey.privateKeyPem,
    caCertPem: ca.certPem,
    allowedUses: ["digital_signature", "server_auth"],
    validityPeriodHours: 100,
    earlyRenewalHours: 10,
    ...(all ? leaves[variant] : {}),
  });
  new tls.SelfSignedCert(`${variant}:self`, {
    privateKeyPem: key.privateKeyPem,
    subject: { commonName: "self" },
    allowedUses: ["server_auth"],
    validityPeriodHours: 100,
    earlyRenewalHours: 10,
    ...(all ? selves[variant] : {}),
  });
}
