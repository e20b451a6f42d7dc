import type { Caller } from "./calls.ts";
import type { Placements } from "./definition.ts";
import type { CertificatePlan } from "./model.ts";
import { compare } from "./names.ts";

/**
 * A certificate for a server. It carries the host's address too: mosquitto_sub verifies the name that it connects to, and the
 * health check connects to an address, so as not to need a DNS server.
 */
export function serverCertificate(identity: string, furtherNames: readonly string[], address: string): CertificatePlan {
  return {
    usage: "server",
    commonName: identity,
    dnsNames: [identity, ...furtherNames.filter((name) => name !== identity).sort(compare)],
    ipAddresses: [address],
  };
}

/** A certificate with which to call. Its one DNS name is what servers look at. */
export function clientCertificate(identity: string): CertificatePlan {
  return { usage: "client", commonName: identity, dnsNames: [identity], ipAddresses: [] };
}

/** The certificates of a workload, server first. One that calls no one gets none to call with: nobody has to recognise it. */
export function certificatesOf({ placement: self, calls }: Caller, lab: Placements): readonly CertificatePlan[] {
  const names = self.definition.serverNames?.(self, lab) ?? [];
  return (["server", "client"] as const)
    .filter((usage) => self.definition.certificates.includes(usage) && (usage === "server" || calls.length > 0))
    .map((usage) =>
      usage === "server" ? serverCertificate(self.identity, names, self.address) : clientCertificate(self.identity),
    );
}
