import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { type Issuer, KEY, VALIDITY } from "./certificates.ts";

/** What a {@link CertificateAuthority} takes. */
export interface CertificateAuthorityArgs {
  readonly domain: string;
  /** Each gets an intermediate of its own: a host that is lost can be shut out without the others. */
  readonly hosts: readonly string[];
}

/** The lab's root and the intermediates of its hosts. Only the primary stack has one. */
export class CertificateAuthority extends pulumi.ComponentResource {
  readonly rootPem: pulumi.Output<string>;
  /** By host. */
  readonly issuers: Readonly<Record<string, Issuer>>;

  constructor(name: string, args: CertificateAuthorityArgs, options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:CertificateAuthority", name, {}, options);
    const key = new tls.PrivateKey("root", KEY, { parent: this });
    const root = new tls.SelfSignedCert(
      "root",
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: `${args.domain} root`, organization: "homelab" },
        isCaCertificate: true,
        // The provider cannot write a path length of 0 into an intermediate, so the root allows one level below it.
        maxPathLength: 1,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        ...VALIDITY.root,
      },
      { parent: this },
    );
    this.rootPem = root.certPem;
    this.issuers = Object.fromEntries(args.hosts.map((host) => [host, this.intermediate(host, args.domain, key, root)]));
    this.registerOutputs({ rootPem: this.rootPem });
  }

  private intermediate(host: string, domain: string, rootKey: tls.PrivateKey, root: tls.SelfSignedCert): Issuer {
    const options = { parent: this };
    const name = `intermediate-${host}`;
    const key = new tls.PrivateKey(name, KEY, options);
    const subject = { commonName: `${host}.${domain} intermediate`, organization: "homelab" };
    const request = new tls.CertRequest(name, { privateKeyPem: key.privateKeyPem, subject }, options);
    const certificate = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: rootKey.privateKeyPem,
        caCertPem: root.certPem,
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        ...VALIDITY.intermediate,
      },
      options,
    );
    return { privateKeyPem: key.privateKeyPem, certificatePem: certificate.certPem, rootPem: root.certPem };
  }
}
