import { METRICS_PORT } from "./access.ts";
import type { NetworkConfig, RouterConfig } from "./model.ts";
import type { Network } from "./networks.ts";
import { type Part, probe, section, software } from "./part.ts";

/**
 * What both kinds of device have alike: name, time, logs, ssh, metrics.
 * @param managed the network that it is managed in
 */
export function system(name: string, config: RouterConfig, network: NetworkConfig, managed?: Network): readonly Part[] {
  const { timezone, syslog, timeServers } = network;
  const management = managed?.interface ?? "";
  const identity = {
    hostname: name,
    zonename: timezone.name,
    timezone: timezone.rule,
    log_ip: syslog?.address ?? "",
    log_port: syslog === undefined ? "" : String(syslog.port),
    log_proto: syslog === undefined ? "" : "udp",
  };
  // Out of a network that is locked down nobody gets to a time server but the router, which is one itself.
  const ntp =
    config.role === "router"
      ? { enabled: "1", enable_server: "1", server: timeServers }
      : { enabled: "1", enable_server: "0", server: [managed?.routed?.router ?? ""] };
  const ssh = { Port: String(config.sshPort), Interface: management, PasswordAuth: "off", RootPasswordAuth: "off" };
  return [
    section("system.system", "system", identity, { match: {}, released: "restore" }),
    section("system.ntp", "timeserver", ntp, { released: "restore" }),
    section("dropbear.main", "dropbear", ssh, { match: {}, released: "restore" }),
    ...metrics(management),
    probe("the firewall's rules are valid", "fw4", "-q", "check"),
    probe(
      "there is a way to the internet",
      "sh",
      "-c",
      "{ ip route show default; ip -6 route show default; } | grep -q ^default",
    ),
  ];
}

/** prometheus-node-exporter-lua, in the management network only. */
function metrics(management: string): readonly Part[] {
  const name = "prometheus-node-exporter-lua";
  return [
    section(`${name}.main`, name, { listen_interface: management, listen_port: String(METRICS_PORT), listen_ipv6: "0" }),
    software(name, ...["nat_traffic", "netstat", "openwrt", "wifi", "wifi_stations"].map((part) => `${name}-${part}`)),
  ];
}

/** The way to the internet, and what keeps a download from making a call stutter (SQM). */
export function internet({ wan }: RouterConfig): readonly Part[] {
  if (!wan) return [];
  const { device, downloadKbit, uploadKbit } = wan;
  const interfaces = [
    section("network.wan", "interface", { device, proto: "dhcp" }, { released: "restore" }),
    section("network.wan6", "interface", { device, proto: "dhcpv6" }, { released: "restore" }),
  ];
  if (downloadKbit === undefined || uploadKbit === undefined) return interfaces;
  const queue = {
    enabled: "1",
    interface: device,
    download: String(downloadKbit),
    upload: String(uploadKbit),
    qdisc: "cake",
    script: "piece_of_cake.qos",
  };
  return [...interfaces, section("sqm.wan", "queue", queue, { match: { interface: device } }), software("sqm-scripts")];
}
