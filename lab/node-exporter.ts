import { serverCertificate } from "./certificates.ts";
import type { Call } from "./definition.ts";
import type { HostConfig, LabConfig, NodeExporterPlan, PlannedHost } from "./model.ts";
import { healthIdentity, nodeExporterIdentity, sortedUnique } from "./names.ts";
import { exporterWebConfig } from "./web-config.ts";

/** Its port on every host. */
const NODE_EXPORTER_PORT = 9100;

/** Its files on the host: `web.yml`, `tls/ca.pem`, `tls/server.pem`, `tls/server.key`. */
export const NODE_EXPORTER_DIRECTORY = "/etc/homelab/node-exporter";

/**
 * node_exporter of one host.
 * @param callers identity and calls of every workload of the lab
 */
export function planNodeExporter(
  host: string,
  hostConfig: HostConfig,
  config: LabConfig,
  callers: readonly { readonly identity: string; readonly calls: readonly Call[] }[],
): NodeExporterPlan {
  const identity = nodeExporterIdentity(host, config);
  const scrapers = callers.filter(({ calls }) => calls.some((call) => "service" in call && call.host === host));
  return {
    identity,
    port: NODE_EXPORTER_PORT,
    clients: sortedUnique([healthIdentity(host, config), ...scrapers.map((caller) => caller.identity)]),
    certificate: serverCertificate(identity, [], hostConfig.address),
  };
}

/** Text of its `web.yml`: mutual TLS, and only for those who scrape it. */
export function nodeExporterWebConfig(exporter: NodeExporterPlan): string {
  const tls = `${NODE_EXPORTER_DIRECTORY}/tls`;
  return exporterWebConfig({ ca: `${tls}/ca.pem`, certificate: `${tls}/server.pem`, key: `${tls}/server.key` }, exporter.clients);
}

/** Where jobs of the host leave metrics for it; Debian's package makes the folder. */
const TEXTFILE_DIRECTORY = "/var/lib/prometheus/node-exporter";

/** What the host's health timer leaves there each minute (providers/workload/host/units/homelab-health.service). */
export const HEALTH_METRICS = `${TEXTFILE_DIRECTORY}/homelab.prom`;

/**
 * A drop-in for Debian's `prometheus-node-exporter.service`: it listens on the host's address only. At boot the address may
 * come later than it, so that it has to try again, for ever.
 */
export function nodeExporterUnit(host: PlannedHost): string {
  const listen = `${host.config.address}:${host.nodeExporter.port}`;
  return `[Unit]
StartLimitIntervalSec=0

[Service]
ExecStart=
ExecStart=/usr/bin/prometheus-node-exporter --web.config.file=${NODE_EXPORTER_DIRECTORY}/web.yml --web.listen-address=${listen}
Restart=always
RestartSec=5
MemoryMax=64M
`;
}
