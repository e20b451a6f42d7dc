// Certificates with a window for early renewal, without one, and (s=born) with one as long as its life.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const s = new pulumi.Config().require("s");

const caKey = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const ca = new tls.SelfSignedCert("ca", {
  privateKeyPem: caKey.privateKeyPem,
  isCaCertificate: true,
  allowedUses: ["cert_signing"],
  validityPeriodHours: 87600,
  subject: { commonName: "root" },
});
const key = new tls.PrivateKey("leaf", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const request = new tls.CertRequest("leaf", {
  privateKeyPem: key.privateKeyPem,
  subject: { commonName: "app" },
  dnsNames: ["app.test"],
});

function sign(name: string, period: { validityPeriodHours: number; earlyRenewalHours?: number }): tls.LocallySignedCert {
  return new tls.LocallySignedCert(name, {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: caKey.privateKeyPem,
    caCertPem: ca.certPem,
    allowedUses: ["server_auth"],
    ...period,
  });
}
const long = sign("long", { validityPeriodHours: 2160, earlyRenewalHours: 720 });
sign("noWindow", { validityPeriodHours: 2160 });
if (s === "born") sign("born", { validityPeriodHours: 1, earlyRenewalHours: 2 });
new tls.SelfSignedCert("self", {
  privateKeyPem: key.privateKeyPem,
  subject: { commonName: "self" },
  allowedUses: ["server_auth"],
  validityPeriodHours: 2160,
  earlyRenewalHours: 720,
});
new command.local.Command("uses", { create: "true", triggers: [long.certPem] });
