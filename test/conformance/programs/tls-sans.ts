// Which subject alternative names and subjects are taken, and how they come out.
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

const requests: Record<string, Partial<tls.CertRequestArgs>> = {
  many: {
    subject: { commonName: "app" },
    dnsNames: ["app.lab.test", "*.lab.test", "localhost", "APP.Lab.Test", "app.lab.test."],
    ipAddresses: ["10.0.0.1", "fd00::1", "::ffff:10.0.0.2", "127.0.0.1"],
    uris: ["spiffe://lab/app", "https://app.lab.test/x?y=1"],
  },
  email: { subject: { commonName: "me@lab.test" } },
  ipAsDns: { subject: { commonName: "10.0.0.1" }, dnsNames: ["10.0.0.1"] },
  none: { subject: {} },
  emptyLists: { subject: { commonName: "x" }, dnsNames: [], ipAddresses: [] },
  full: {
    subject: {
      commonName: "cn",
      organization: "o",
      organizationalUnit: "ou",
      country: "SE",
      province: "p",
      locality: "l",
      streetAddresses: ["1 Street", "2 Street"],
      postalCode: "1",
      serialNumber: "7",
    },
  },
  duplicate: { subject: { commonName: "x" }, dnsNames: ["a.test", "a.test"] },
};
for (const [name, args] of Object.entries(requests)) {
  const request = new tls.CertRequest(name, { privateKeyPem: key.privateKeyPem, ...args });
  new tls.LocallySignedCert(name, {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: caKey.privateKeyPem,
    caCertPem: ca.certPem,
    allowedUses: ["server_auth"],
    validityPeriodHours: 100,
  });
}
