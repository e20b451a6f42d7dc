// Wrong inputs. s names one, for a resource "bad"; s=every makes all that fail only in an update, each under its own name.
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
const foreign = new tls.PrivateKey("foreign", { algorithm: "ED25519" });
const key = new tls.PrivateKey("key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const request = new tls.CertRequest("request", { privateKeyPem: key.privateKeyPem, subject: { commonName: "app" } });

type Make = (name: string) => void;
function locally(more: object): Make {
  const base = {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: caKey.privateKeyPem,
    caCertPem: ca.certPem,
    allowedUses: ["server_auth"],
    validityPeriodHours: 100,
  };
  return (name) => new tls.LocallySignedCert(name, { ...base, ...more });
}
function cert(more: object): Make {
  return (name) => new tls.CertRequest(name, { privateKeyPem: key.privateKeyPem, subject: { commonName: "x" }, ...more });
}
function pk(args: tls.PrivateKeyArgs): Make {
  return (name) => new tls.PrivateKey(name, args);
}
function self(more: object): Make {
  const base = {
    privateKeyPem: key.privateKeyPem,
    allowedUses: ["server_auth"],
    validityPeriodHours: 10,
    subject: { commonName: "x" },
  };
  return (name) => new tls.SelfSignedCert(name, { ...base, ...more });
}

const failing: Record<string, Make> = {
  "request garbage": locally({ certRequestPem: "nonsense" }),
  "request is a cert": locally({ certRequestPem: ca.certPem }),
  "caCert garbage": locally({ caCertPem: "nonsense" }),
  "caCert is a key": locally({ caCertPem: caKey.privateKeyPem }),
  "caKey garbage": locally({ caPrivateKeyPem: "nonsense" }),
  "caKey is a cert": locally({ caPrivateKeyPem: ca.certPem }),
  "caKey openssh": locally({ caPrivateKeyPem: foreign.privateKeyOpenssh }),
  "key garbage": cert({ privateKeyPem: "nonsense" }),
  "key is public": cert({ privateKeyPem: key.publicKeyPem }),
  "ip garbage": cert({ ipAddresses: ["10.0.0"] }),
  "ip cidr": cert({ ipAddresses: ["10.0.0.0/24"] }),
  "uri garbage": cert({ uris: ["://x"] }),
  "dns odd": cert({ dnsNames: ["*.lab.test", "under_score.test", "bücher.test", "-x", ""] }),
  "rsa small": pk({ algorithm: "RSA", rsaBits: 512 }),
  "self key garbage": self({ privateKeyPem: "nonsense" }),
};
const single: Record<string, Make> = {
  "use unknown": locally({ allowedUses: ["serverAuth"] }),
  "hours negative": locally({ validityPeriodHours: -1 }),
  "early negative": locally({ earlyRenewalHours: -1 }),
  "algorithm unknown": pk({ algorithm: "DSA" }),
  "curve unknown": pk({ algorithm: "ECDSA", ecdsaCurve: "P255" }),
  "self uses unknown": self({ allowedUses: ["x"] }),
  "uses empty": locally({ allowedUses: [] }),
  "hours zero": locally({ validityPeriodHours: 0 }),
  "path length without ca": locally({ maxPathLength: 0 }),
  "path length negative": locally({ isCaCertificate: true, maxPathLength: -1 }),
  "no subject": cert({ subject: undefined }),
  "curve with rsa": pk({ algorithm: "RSA", ecdsaCurve: "P256" }),
  "self no subject": self({ subject: undefined }),
};
if (s === "every") for (const [name, make] of Object.entries(failing)) make(`${name}:bad`);
single[s]?.("bad");
