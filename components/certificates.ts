import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificatePlan } from "../lab/model.ts";

/** What signs the certificates of one host. The key is in state, encrypted, and on no Pi. */
export interface Issuer {
  readonly privateKeyPem: pulumi.Input<string>;
  /** Of the intermediate. */
  readonly certificatePem: pulumi.Input<string>;
  /** What everyone trusts. */
  readonly rootPem: pulumi.Input<string>;
}

/** A certificate as a server or client uses it. */
export interface IssuedCertificate {
  /** The leaf and the intermediate that signed it: a peer that knows only the root can follow. */
  readonly chainPem: pulumi.Output<string>;
  /** Secret. */
  readonly keyPem: pulumi.Output<string>;
}

const DAY = 24;
const YEAR = 365 * DAY;

/** How long certificates are valid, in hours, and how long before the end they are renewed: after two thirds. */
export const VALIDITY = {
  root: { validityPeriodHours: 10 * YEAR, earlyRenewalHours: YEAR },
  intermediate: { validityPeriodHours: 2 * YEAR, earlyRenewalHours: (2 * YEAR) / 3 },
  leaf: { validityPeriodHours: 90 * DAY, earlyRenewalHours: 30 * DAY },
} as const;

/** P-256 everywhere: every device and library of the lab knows it, and its handshakes are cheap on a Pi. */
export const KEY = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

/** Server and client are apart: a server's stolen key cannot be used to call others. */
const USES = {
  server: ["digital_signature", "server_auth"],
  client: ["digital_signature", "client_auth"],
} as const;

/** Makes the key and the certificate that the plan asks for. Renewed at a plain `up`, with the same key. */
export function issue(
  name: string,
  plan: CertificatePlan,
  issuer: Issuer,
  options: pulumi.CustomResourceOptions,
): IssuedCertificate {
  const key = new tls.PrivateKey(name, KEY, options);
  const request = new tls.CertRequest(
    name,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: plan.commonName },
      dnsNames: [...plan.dnsNames],
      ipAddresses: [...plan.ipAddresses],
    },
    options,
  );
  const certificate = new tls.LocallySignedCert(
    name,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: issuer.privateKeyPem,
      caCertPem: issuer.certificatePem,
      allowedUses: [...USES[plan.usage]],
      ...VALIDITY.leaf,
    },
    options,
  );
  return { chainPem: pulumi.concat(certificate.certPem, issuer.certificatePem), keyPem: key.privateKeyPem };
}

/** A certificate's two files, by path below `folder` (`tls/`, or empty). */
export function certificateFiles(
  folder: string,
  usage: string,
  issued: IssuedCertificate,
): Record<string, pulumi.Output<string>> {
  return { [`${folder}${usage}.pem`]: issued.chainPem, [`${folder}${usage}.key`]: issued.keyPem };
}
