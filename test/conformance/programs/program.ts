// What the plugins do with the resources that the lab uses. Config: v; for the part with an image host, sshOpts, image.
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";

const config = new pulumi.Config();
const v = config.require("s");

const caKey = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const ca = new tls.SelfSignedCert("ca", {
  privateKeyPem: caKey.privateKeyPem,
  isCaCertificate: true,
  maxPathLength: 1,
  setSubjectKeyId: true,
  setAuthorityKeyId: true,
  allowedUses: ["cert_signing", "crl_signing"],
  validityPeriodHours: 87600,
  subject: { commonName: "lab root", organization: "lab" },
});
const interKey = new tls.PrivateKey("intermediate", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const interRequest = new tls.CertRequest("intermediate", {
  privateKeyPem: interKey.privateKeyPem,
  subject: { commonName: "host" },
});
const inter = new tls.LocallySignedCert("intermediate", {
  certRequestPem: interRequest.certRequestPem,
  caPrivateKeyPem: caKey.privateKeyPem,
  caCertPem: ca.certPem,
  isCaCertificate: true,
  maxPathLength: 0,
  setSubjectKeyId: true,
  allowedUses: ["cert_signing", "crl_signing"],
  validityPeriodHours: 43800,
  earlyRenewalHours: 4380,
});
const leafKey = new tls.PrivateKey("leaf", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const leafRequest = new tls.CertRequest("leaf", {
  privateKeyPem: leafKey.privateKeyPem,
  subject: { commonName: "app" },
  dnsNames: ["app.lab.test"],
  ipAddresses: ["10.0.0.1"],
  uris: ["spiffe://lab/app"],
});
new tls.LocallySignedCert("leaf", {
  certRequestPem: leafRequest.certRequestPem,
  caPrivateKeyPem: interKey.privateKeyPem,
  caCertPem: inter.certPem,
  allowedUses: ["digital_signature", "server_auth"],
  validityPeriodHours: 2160,
  earlyRenewalHours: 720,
});
new tls.PrivateKey("rsa", { algorithm: "RSA", rsaBits: 2048 });
new tls.PrivateKey("ed25519", { algorithm: "ED25519" });

new random.RandomPassword("password", { length: 24, special: true, overrideSpecial: "-_" });
new random.RandomString("string", { length: 8, special: false, upper: false });
new random.RandomId("id", { byteLength: 8, keepers: { v } });
new random.RandomBytes("bytes", { length: 16 });

const interpreter = ["/bin/sh", "-c"];
new command.local.Command("local", {
  create: "echo $V; exit 0",
  environment: { V: v },
  dir: "/tmp",
  assetPaths: [],
  interpreter,
});

const host = config.get("host");
if (host !== undefined) {
  const provider = new docker.Provider("host", { host, sshOpts: config.requireObject<string[]>("sshOpts") });
  new docker.RemoteImage("image", { name: config.require(`digest${v}`), keepLocally: true }, { provider });
}
