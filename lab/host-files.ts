import type { PlannedHost } from "./model.ts";
import { nodeExporterUnit } from "./node-exporter.ts";

/** One directory of the host itself, and what in it is ours. */
export interface HostFiles {
  /** The resource's name. */
  readonly name: string;
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
  /** A shell command that makes the host use what changed. */
  readonly activate: string;
  /** A shell command that makes the host do without them, before they are removed. */
  readonly deactivate: string;
}

/**
 * Settings of the host's own services, and `/etc/homelab/workloads`, by which the host knows who is no longer declared and whose place
 * may be taken (providers/workload/host/takeover.py). What holds keys, and the host's program, are not among them.
 *
 * @param readOnlyKeys a further file of sshd with keys, where there is one
 */
export function hostFiles(host: PlannedHost, readOnlyKeys?: string): readonly HostFiles[] {
  return [
    {
      name: "workloads",
      path: "/etc/homelab",
      files: { workloads: host.workloads.map(({ name }) => `${name}\n`).join("") },
      activate: "",
      deactivate: "",
    },
    {
      name: "sshd",
      path: "/etc/ssh/sshd_config.d",
      files: { "homelab.conf": sshd(readOnlyKeys) },
      activate: "sshd -t && systemctl try-reload-or-restart ssh",
      deactivate: "",
    },
    {
      name: "journald",
      path: "/etc/systemd/journald.conf.d",
      files: { "homelab.conf": journald() },
      activate: "mkdir -p /var/log/journal && systemctl restart systemd-journald && journalctl --flush",
      deactivate: "",
    },
    {
      name: "podman",
      path: "/etc/containers/containers.conf.d",
      files: { "homelab.conf": podman() },
      activate: "",
      deactivate: "",
    },
    {
      name: "node-exporter-unit",
      path: "/etc/systemd/system/prometheus-node-exporter.service.d",
      files: { "homelab.conf": nodeExporterUnit(host) },
      activate:
        "systemctl daemon-reload && systemctl enable --quiet prometheus-node-exporter && systemctl restart prometheus-node-exporter",
      deactivate: "systemctl disable --quiet --now prometheus-node-exporter",
    },
  ];
}

/**
 * The engine does several steps per core of the person's machine at once, and @pulumi/docker opens a session for each image.
 * Of those, sshd would refuse what is more than ten on a connection, and of connections that begin at the same moment a part.
 */
function sshd(readOnlyKeys?: string): string {
  const keys =
    readOnlyKeys === undefined ? [] : [`AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys2 ${readOnlyKeys}`];
  return ["MaxSessions 200", "MaxStartups 200", ...keys, ""].join("\n");
}

/** Logs survive a power cut, and never fill the disk. */
function journald(): string {
  return ["[Journal]", "Storage=persistent", "SystemMaxUse=500M", "RuntimeMaxUse=50M", ""].join("\n");
}

function podman(): string {
  return [
    "[containers]",
    "# Logs of containers go to the journal, where its limit holds.",
    'log_driver = "journald"',
    "",
    "[engine]",
    "# A container's start and stop are systemd's business and in the journal anyway; podman's own word on each, many labels long,",
    "# would drown what the application says there.",
    'events_logger = "file"',
    "",
  ].join("\n");
}
