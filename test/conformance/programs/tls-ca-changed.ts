// A CA whose certificate is renewed (s=cert), whose key is replaced (s=key), and that is cut off from its key (s=mismatch).
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const s = new pulumi.Config().require("s");

const caKey = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: s === "key" ? "P384" : "P256" });
const ca = new tls.SelfSignedCert("ca", {
  privateKeyPem: caKey.privateKeyPem,
  isCaCertificate: true,
  setSubjectKeyId: true,
  allowedUses: ["cert_signing"],
  validityPeriodHours: s === "cert" ? 87601 : 87600,
  subject: { commonName: "root" },
});
const otherKey = new tls.PrivateKey("other", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const key = new tls.PrivateKey("leaf", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const request = new tls.CertRequest("leaf", { privateKeyPem: key.privateKeyPem, subject: { commonName: "app" } });
new tls.LocallySignedCert("leaf", {
  certRequestPem: request.certRequestPem,
  caPrivateKeyPem: s === "mismatch" ? otherKey.privateKeyPem : caKey.privateKeyPem,
  caCertPem: ca.certPem,
  allowedUses: ["server_auth"],
  validityPeriodHours: 100,
});
