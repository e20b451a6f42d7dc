/** Where things are, in a container and on a host. */

/** The folder of a workload's files as its container sees it: a link, so that a reload meets the new ones. */
export const CONFIG = "/config/current";

/** The root certificate that servers and clients trust. */
export const CA_FILE = `${CONFIG}/tls/ca.pem`;

/**
 * Certificate and key of one usage in the container.
 * @param usage server or client
 */
export function tlsFiles(usage: "server" | "client"): { readonly certificate: string; readonly key: string } {
  return { certificate: `${CONFIG}/tls/${usage}.pem`, key: `${CONFIG}/tls/${usage}.key` };
}

/** What a host's health checks present, on the host. Made by the host's component. */
export const HEALTH_TLS = {
  ca: "/etc/homelab/health/ca.pem",
  certificate: "/etc/homelab/health/client.pem",
  key: "/etc/homelab/health/client.key",
} as const;

/** Directories with the data of workloads, on the host. */
const DATA = "/var/lib/homelab/data";

/** The directory of the host that holds all volumes of a workload. */
export function workloadData(workload: string): string {
  return `${DATA}/${workload}`;
}

/** The directory of the host that holds a volume. */
export function dataDirectory(workload: string, volume: string): string {
  return `${workloadData(workload)}/${volume}`;
}
