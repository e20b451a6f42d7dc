/** What a preview says that will happen to one stack, in the words of people. Made by `read.ts`, printed by `text.ts` and `markdown.ts`. */
export interface Summary {
  readonly stack: string;
  readonly workloads: readonly WorkloadChange[];
  readonly routers: readonly RouterChange[];
  /** Files and settings of the host itself. */
  readonly host: readonly HostChange[];
  readonly certificates: readonly CertificateChange[];
  /** What Pulumi replaces besides images and certificates, such as passwords: the old one is gone then. */
  readonly replaced: readonly string[];
  /**
   * Images that Pulumi pulls or notes although their workload stays as it is, a line each: what runs is not touched. After an upgrade
   * that failed and was taken back in the code, its image is such a line.
   */
  readonly images: readonly string[];
  /** Other resources, a line each. */
  readonly others: readonly string[];
  /** Whether hosts, placement or names differ from what the stack was last applied from. */
  readonly planChanged: boolean;
  /** Versions that failed or were rolled back, of workloads that are declared. */
  readonly holds: readonly Hold[];
  readonly findings: readonly Finding[];
  /** Whether the policies were asked at all: nobody is told that they refuse nothing when they were not. */
  readonly policiesAsked: boolean;
  readonly warnings: readonly string[];
  /** Why the preview failed; empty when it did not. */
  readonly errors: readonly string[];
}

/** What happens to a workload. */
export interface WorkloadChange {
  readonly name: string;
  readonly kind: "new" | "changed" | "removed";
  /** What it is about, shortest first: `v0.33 → v0.34`, `limits`, `found stopped`. */
  readonly what: readonly string[];
  /** The image that is pulled before anything is touched. */
  readonly pulled?: string;
  /** `11.2 → 11.3`: its data is backed up before. */
  readonly backup?: string;
  /** Whether it has data that is backed up. */
  readonly hasData: boolean;
  /** The snapshot that its data comes from. */
  readonly restore?: string;
  readonly outage: Outage;
  /** Nothing differs but certificates and their keys. */
  readonly onlyCertificates: boolean;
  readonly details: readonly Detail[];
}

/** For how long nothing serves. */
export type Outage =
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "starts" }
  | { readonly kind: "ends" }
  /** As the last time that the same kind of change was made; undefined where it never was. */
  | { readonly kind: "restart"; readonly seconds: number | undefined };

/** A text that changes, by line: `- old`, `+ new`. */
export interface Detail {
  readonly name: string;
  readonly lines: readonly string[];
}

/** What happens to a router. */
export interface RouterChange {
  readonly name: string;
  readonly kind: "new" | "changed" | "removed";
  /** `network.lan.ipaddr: 192.168.1.1 → 192.168.10.1`. */
  readonly lines: readonly string[];
  /** What it interrupts for a moment; empty: nothing. */
  readonly interrupts: string;
}

/** What happens to a directory of the host. */
export interface HostChange {
  readonly name: string;
  readonly kind: "new" | "changed" | "removed";
  /** Paths of files; `keys` for secret ones. */
  readonly paths: readonly string[];
  readonly onlyCertificates: boolean;
}

/** What happens to a certificate. */
export interface CertificateChange {
  readonly name: string;
  /** `renewed`: nothing about it changes but its time (and that of who signed it). `again`: something else does. */
  readonly kind: "new" | "renewed" | "again" | "removed";
}

/** A version that is not brought up until it is released. */
export interface Hold {
  readonly workload: string;
  readonly version: string;
  readonly why: string;
  /** Whether this preview would bring it: then the update fails before any outage. */
  readonly wanted: boolean;
}

/** What a policy says against the preview. */
export interface Finding {
  readonly policy: string;
  /** What to do is in it. */
  readonly message: string;
  /** Whether it is refused, or only said. */
  readonly refused: boolean;
}

/** Whether an `up` would have nothing at all to do. */
export function isEmpty(summary: Summary): boolean {
  return changesNothing(summary) && summary.images.length === 0;
}

/** Whether an `up` would change nothing of the lab; it may have {@link Summary.images} to note. */
export function changesNothing(summary: Summary): boolean {
  return (
    [summary.workloads, summary.routers, summary.host, summary.certificates, summary.replaced, summary.others].every(
      (changes) => changes.length === 0,
    ) && !summary.planChanged
  );
}

/** Whether there are renewals of certificates and nothing else: what may be applied without asking. */
export function onlyRenews(summary: Summary): boolean {
  const { workloads, host, certificates } = summary;
  return (
    !changesNothing(summary) &&
    !isRefused(summary) &&
    [...workloads, ...host].every(({ kind, onlyCertificates }) => kind === "changed" && onlyCertificates) &&
    certificates.every(({ kind }) => kind === "renewed") &&
    [summary.routers, summary.replaced, summary.others].every((changes) => changes.length === 0) &&
    !summary.planChanged
  );
}

/** Whether the preview failed or a policy refuses it: then nothing may be applied. */
export function isRefused({ errors, findings }: Summary): boolean {
  return errors.length > 0 || findings.some(({ refused }) => refused);
}
