import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { type Issuer, KEY, VALIDITY } from "./certificates.ts";

/** What a {@link CertificateAuthority} takes. */
export interface CertificateAuthorityArgs {
  readonly domain: string;
  /** The host of this stack. */
  readonly host: string;
  /** Each gets an intermediate of its own too: a host that is lost can be shut out without the others. */
  readonly otherHosts: readonly string[];
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
    const intermediate = (host: string, hooks: pulumi.ResourceHookBinding) =>
      this.intermediate(`${host}.${args.domain}`, `intermediate-${host}`, key, root, hooks);
    this.issuers = Object.fromEntries([
      [args.host, intermediate(args.host, {})],
      ...args.otherHosts.map((host) => [host, intermediate(host, { afterCreate: [mustFollow(host)] })]),
    ]);
    this.registerOutputs({ rootPem: this.rootPem });
  }

  private intermediate(
    fqdn: string,
    name: string,
    rootKey: tls.PrivateKey,
    root: tls.SelfSignedCert,
    hooks: pulumi.ResourceHookBinding,
  ): Issuer {
    const options = { parent: this };
    const key = new tls.PrivateKey(name, KEY, options);
    const subject = { commonName: `${fqdn} intermediate`, organization: "homelab" };
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
      { ...options, hooks },
    );
    return { privateKeyPem: key.privateKeyPem, certificatePem: certificate.certPem, rootPem: root.certPem };
  }
}

function mustFollow(host: string): pulumi.ResourceHook {
  return new pulumi.ResourceHook(`${host}-must-follow`, () => sayMustFollow(host), { onDryRun: true });
}

/**
 * Says, in the preview too, that another stack has to be applied: until then its host goes on with the certificate of before.
 * The hook does not wait for its message. The engine waits for the hook, and a message for all messages before it; one of those
 * may be about a resource that the engine makes only after the hook, and each would wait for the other for ever.
 */
export function sayMustFollow(host: string): void {
  void pulumi.log.warn(`There is a new intermediate certificate for ${host}. It must follow: pulumi up --stack ${host}`);
}
