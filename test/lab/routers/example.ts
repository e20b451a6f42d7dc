import { planLab } from "../../../lab/plan.ts";
import type { NetworkConfig, RouterConfig, RoutersConfig } from "../../../lab/routers/model.ts";
import type { Part } from "../../../lab/routers/part.ts";
import { firstLab, HOST_KEY, hostConfig } from "../fixtures.ts";

/** The lab with its Pis in the network of servers. */
export const plan = planLab({
  ...firstLab,
  hosts: {
    adama: hostConfig({ address: "192.168.20.10" }),
    starbuck: hostConfig({ address: "192.168.20.11", containerSubnet: "10.98.16.0/20" }),
  },
});

/** The home network of the design, with changes. */
export function network(changes: Partial<NetworkConfig> = {}): NetworkConfig {
  return {
    vlans: {
      management: { id: 10, kind: "management", subnet: "192.168.10.0/24" },
      servers: { id: 20, kind: "servers", subnet: "192.168.20.0/24", pool: { first: 200, last: 209 } },
      users: { id: 30, kind: "users", subnet: "192.168.30.0/24", pool: { first: 100, last: 249 } },
      iot: { id: 40, kind: "iot", subnet: "192.168.40.0/24", pool: { first: 100, last: 249 } },
      storage: { id: 50, kind: "storage" },
    },
    leases: {
      adama: { mac: "02:00:5e:10:00:0a", address: "192.168.20.10" },
      starbuck: { mac: "02:00:5e:10:00:0b", address: "192.168.20.11" },
      laptop: { mac: "02:00:5e:10:00:30", address: "192.168.30.10" },
    },
    wifi: {
      home: { ssid: "galactica", vlan: "users", security: "wpa2-wpa3", bands: ["2g", "5g"], isolate: false },
      things: { ssid: "Adama's things", vlan: "iot", security: "wpa2", bands: ["2g"], isolate: true },
      crew: { ssid: "galactica-crew", vlan: "users", security: "enterprise", bands: ["5g"], isolate: false },
    },
    country: "DE",
    timezone: { name: "Europe/Berlin", rule: "CET-1CEST,M3.5.0,M10.5.0/3" },
    operators: ["laptop", "phone"],
    wireguard: {
      port: 51820,
      subnet: "192.168.60.0/24",
      peers: { phone: { address: "192.168.60.2", publicKey: `${"B".repeat(42)}A=` } },
    },
    forwards: { https: { port: 443, protocol: "tcp", host: "starbuck", hostPort: 443, public: "photos for the family" } },
    outwards: {
      registries: { reason: "images from registries", protocol: "tcp", port: 443 },
      backup: { reason: "backups to the remote", protocol: "tcp", port: 22, address: "203.0.113.7" },
    },
    timeServers: ["0.openwrt.pool.ntp.org"],
    syslog: { address: "192.168.20.11", port: 1514 },
    radius: { address: "192.168.20.11", port: 1812 },
    ...changes,
  };
}

const all = ["management", "servers", "users", "iot", "storage"];

/** apollo, with changes. */
export function apollo(changes: Partial<RouterConfig> = {}): RouterConfig {
  return {
    role: "router",
    address: "192.168.10.1",
    sshPort: 22,
    hostKey: HOST_KEY,
    confirmWithinSeconds: 60,
    allowManagementPathChange: false,
    ports: {
      lan1: { untagged: "servers", tagged: ["storage"] },
      lan2: { untagged: "servers", tagged: ["storage"] },
      lan3: { untagged: "users", tagged: [] },
      lan4: { tagged: all },
    },
    radios: { radio0: { band: "2g", channel: 1, mode: "HE20" }, radio1: { band: "5g", channel: 36, mode: "HE80" } },
    wan: { device: "wan", downloadKbit: 95_000, uploadKbit: 38_000 },
    ...changes,
  };
}

/** gaeta, with changes. */
export function gaeta(changes: Partial<RouterConfig> = {}): RouterConfig {
  return {
    role: "access-point",
    address: "192.168.10.2",
    sshPort: 22,
    hostKey: HOST_KEY,
    confirmWithinSeconds: 60,
    allowManagementPathChange: false,
    ports: { lan1: { tagged: all }, lan2: { untagged: "iot", tagged: [] } },
    radios: { radio0: { band: "2g", channel: 6, mode: "HE20" }, radio1: { band: "5g", channel: 100, mode: "HE80" } },
    ...changes,
  };
}

/** Both, in the network. */
export const config: RoutersConfig = { network: network(), routers: { apollo: apollo(), gaeta: gaeta() } };

/** A part as a person reads it: a line for each option, in order. */
export function partText({ sections, absent, settings, secrets, order, software, probes }: Part): string {
  const value = (text: string | readonly string[]) =>
    typeof text === "string" ? `'${text}'` : `[${text.map((item) => `'${item}'`).join(" ")}]`;
  const lines = Object.entries(sections).flatMap(([key, { type, match, released }]) => [
    "",
    `${key} = ${type}${
      match
        ? ` (known by ${
            Object.entries(match)
              .map((pair) => pair.join(" "))
              .join(", ") || "its type"
          })`
        : ""
    }${released ? ", given back as it was found" : ""}`,
    ...Object.entries(settings)
      .filter(([option]) => option.startsWith(`${key}.`))
      .map(([option, text]) => `${option} = ${value(text)}`),
    ...Object.entries(secrets)
      .filter(([option]) => option.startsWith(`${key}.`))
      .map(([option, name]) => `${option} = secret ${name}`),
  ]);
  return [
    `software: ${software.map(({ name, replaces }) => (replaces ? `${name} instead of ${replaces}` : name)).join(", ")}`,
    ...probes.map(({ name, command }) => `probe: ${name}: ${command.join(" ")}`),
    `must not be there: ${Object.keys(absent).join(", ") || "nothing"}`,
    ...Object.entries(order).map(([name, names]) => `order of ${name}: ${names.join(" ")}`),
    ...lines,
    "",
  ].join("\n");
}
