import { addressText, prefixLength, rangeOf } from "../../lab/network.ts";
import { BRIDGE, isTaken, WIREGUARD } from "../../lab/routers/networks.ts";
import { type Packages, type Section, textOf, wordsOf } from "../../providers/uci/model.ts";

/*
 * What of a device's configuration could be written as `homelab:network` and `homelab:routers`. Only guesses: each is taken if less
 * is left to say about the device with it than without it (search.ts), so that a wrong one does no harm.
 */

/** One key of the configuration with its value, below `network` or `routers`. */
export interface Guess {
  readonly path: readonly [part: "network" | "routers", ...keys: string[]];
  readonly value: unknown;
  /** What makes no sense without it, and the other way round. */
  readonly besides?: Guess;
}

/** What a device must be called, and where it is. */
export interface Device {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly packages: Packages;
}

/** What a network may be for: what it is called, if that says so. */
function kindsOf(name: string): readonly string[] {
  const named = ["management", "servers", "users", "iot"].filter((kind) => kind === name);
  return named.length > 0 ? named : ["users", "servers", "iot"];
}

/** The least that a network and a router have: where nothing is configured yet. Each is made valid, not right. */
export function leastHome({ name, address, port, packages }: Device): { readonly network: object; readonly routers: object } {
  const vlans = vlansOf(packages);
  const named = Object.keys(vlans).length > 0 ? vlans : { lan: { id: 1, kind: "home", subnet: subnetAround(address, 24) } };
  const system = sections(packages, "system", "system")[0];
  const country = sections(packages, "wireless", "wifi-device").map((radio) => text(radio, "country"));
  const network = {
    country: country.find((code) => /^[A-Z]{2}$/.test(code)) ?? "DE",
    timezone: { name: text(system, "zonename") || "UTC", rule: text(system, "timezone") || "UTC0" },
    vlans: named,
  };
  return { network, routers: { [name]: leastRouter({ name, address, port, packages }, Object.keys(named)) } };
}

/** The least that a router has in a network that is configured. */
export function leastRouter({ address, port, packages }: Device, vlans: readonly string[]): object {
  const serves = sections(packages, "dhcp", "dhcp").some((pool) => text(pool, "start") !== "" && text(pool, "ignore") !== "1");
  const isRouter = serves || section(packages, "network", "wan") !== undefined;
  const first = { untagged: vlans[0] };
  const ports = bridgePorts(packages);
  return {
    role: isRouter ? "router" : "access-point",
    address,
    ...(port === 22 ? {} : { sshPort: port }),
    ports: Object.fromEntries((ports.length > 0 ? ports : ["lan1"]).map((one) => [one, first])),
    ...(isRouter ? { wan: { device: text(section(packages, "network", "wan"), "device") || "wan" } } : {}),
  };
}

/** Everything else that could be said in the configuration's words, the general before the particular. */
export function guesses(device: Device): readonly Guess[] {
  const { packages } = device;
  return [
    ...Object.keys(vlansOf(packages)).flatMap((name) => [
      ...kindsOf(name).map((kind): Guess => ({ path: ["network", "vlans", name, "kind"], value: kind })),
      ...poolOf(packages, name),
    ]),
    ...ofRouter(device),
    ...ofSystem(packages),
    ...leasesOf(packages),
    ...wifisOf(packages),
    ...wireguardOf(packages),
    ...forwardsOf(packages),
  ];
}

function vlansOf(packages: Packages): Readonly<Record<string, { id: number; kind: string; subnet?: string }>> {
  const found: Record<string, { id: number; kind: string; subnet?: string }> = {};
  for (const one of sections(packages, "network", "interface")) {
    const [, bridge, tag = "1"] = /^([a-z][a-z0-9-]*)(?:\.(\d+))?$/.exec(text(one, "device")) ?? [];
    const [address = "", prefix = prefixLength(text(one, "netmask") || "255.255.255.0")] = text(one, "ipaddr").split("/");
    const id = Number(tag);
    if (bridge !== BRIDGE || !isName(one.id) || isTaken(one.id) || Object.values(found).some((other) => other.id === id))
      continue;
    if (address === "") found[one.id] = { id, kind: "storage" };
    else found[one.id] = { id, kind: "home", subnet: subnetAround(address, Number(prefix)) };
  }
  return found;
}

function subnetAround(address: string, prefix: number): string {
  return `${addressText(rangeOf(`${address}/${prefix}`).first)}/${prefix}`;
}

function poolOf(packages: Packages, name: string): Guess[] {
  const pool = section(packages, "dhcp", name);
  const [start, limit] = [Number(text(pool, "start")), Number(text(pool, "limit"))];
  if (!pool || !(start > 0) || !(limit > 0)) return [];
  return [{ path: ["network", "vlans", name, "pool"], value: `${start}-${start + limit - 1}` }];
}

function ofRouter({ name, packages }: Device): Guess[] {
  const at = (...keys: string[]): Guess["path"] => ["routers", name, ...keys];
  const radios = sections(packages, "wireless", "wifi-device").map((radio): Guess => {
    const channel = text(radio, "channel");
    const value = {
      band: text(radio, "band"),
      channel: channel === "auto" ? channel : Number(channel),
      mode: text(radio, "htmode"),
    };
    return { path: at("radios", radio.id), value };
  });
  const vlans = sections(packages, "network", "bridge-vlan");
  const interfaceOf = (vlan: string) =>
    sections(packages, "network", "interface").find((one) => text(one, "device") === `${BRIDGE}.${vlan}`)?.id;
  const ports = bridgePorts(packages).map((port): Guess => {
    const carried = vlans.flatMap((vlan) => {
      const member = wordsOf(vlan.options.get("ports")).find((word) => word.split(":")[0] === port);
      const id = interfaceOf(text(vlan, "vlan"));
      return member === undefined || id === undefined ? [] : [{ id, tagged: member.includes(":t") }];
    });
    const untagged = carried.find(({ tagged }) => !tagged)?.id;
    const tagged = carried.filter((one) => one.tagged).map(({ id }) => id);
    return { path: at("ports", port), value: { ...(untagged ? { untagged } : {}), ...(tagged.length > 0 ? { tagged } : {}) } };
  });
  const queue = sections(packages, "sqm", "queue")[0];
  const speed = { downloadKbit: Number(text(queue, "download")), uploadKbit: Number(text(queue, "upload")) };
  const wan: Guess = { path: at("wan"), value: { device: text(section(packages, "network", "wan"), "device"), ...speed } };
  return [...ports, ...radios, ...(queue ? [wan] : [])];
}

function ofSystem(packages: Packages): Guess[] {
  const system = sections(packages, "system", "system")[0];
  const servers = wordsOf(section(packages, "system", "ntp")?.options.get("server"));
  const shipper = { address: text(system, "log_ip"), port: Number(text(system, "log_port") || 514) };
  return [
    { path: ["network", "timeServers"], value: servers },
    ...(shipper.address === "" ? [] : [{ path: ["network", "syslog"], value: shipper } satisfies Guess]),
  ];
}

function leasesOf(packages: Packages): Guess[] {
  return sections(packages, "dhcp", "host").map((host) => {
    const value = { mac: wordsOf(host.options.get("mac"))[0], address: text(host, "ip") };
    return { path: ["network", "leases", nameFrom(text(host, "name"))], value };
  });
}

const SECURITY: readonly [encryption: RegExp, security: string][] = [
  [/^sae-mixed/, "wpa2-wpa3"],
  [/^sae/, "wpa3"],
  [/^psk/, "wpa2"],
  [/^wpa/, "enterprise"],
];

function wifisOf(packages: Packages): Guess[] {
  const all = sections(packages, "wireless", "wifi-iface").filter((one) => text(one, "mode") === "ap");
  const band = (radio: string) => text(section(packages, "wireless", radio), "band");
  return [...Map.groupBy(all, (one) => text(one, "ssid"))].flatMap(([ssid, same]): Guess[] => {
    const [first] = same;
    const security = SECURITY.find(([encryption]) => encryption.test(text(first, "encryption")))?.[1];
    const value = {
      ssid,
      vlan: text(first, "network"),
      ...(security ? { security } : {}),
      bands: [...new Set(same.map((one) => band(text(one, "device"))))],
      ...(text(first, "isolate") === "1" ? { isolate: true } : {}),
    };
    const server = { address: text(first, "auth_server"), port: Number(text(first, "auth_port") || 1812) };
    const radius: Guess = { path: ["network", "radius"], value: server };
    const path: Guess["path"] = ["network", "wifi", wifiName(first, ssid)];
    return [{ path, value, ...(security === "enterprise" ? { besides: radius } : {}) }];
  });
}

/** `home` of `home_radio0`, as this program calls it; otherwise after what people see. */
function wifiName(first: Section | undefined, ssid: string): string {
  const id = first?.id ?? "";
  const end = `_${text(first, "device")}`;
  return id.endsWith(end) && !id.startsWith("default") ? nameFrom(id.slice(0, -end.length)) : nameFrom(ssid);
}

function wireguardOf(packages: Packages): Guess[] {
  const own = section(packages, "network", WIREGUARD);
  const subnet = wordsOf(own?.options.get("addresses"))[0];
  if (!own || !subnet) return [];
  const peers = sections(packages, "network", `wireguard_${WIREGUARD}`).map((peer): Guess => {
    const [address] = (wordsOf(peer.options.get("allowed_ips"))[0] ?? "").split("/");
    const value = { address, publicKey: text(peer, "public_key") };
    return { path: ["network", "wireguard", "peers", nameFrom(text(peer, "description"))], value };
  });
  return [{ path: ["network", "wireguard"], value: { port: Number(text(own, "listen_port") || 51_820), subnet } }, ...peers];
}

function forwardsOf(packages: Packages): Guess[] {
  const leases = sections(packages, "dhcp", "host");
  return sections(packages, "firewall", "redirect").map((redirect) => {
    const host = leases.find((lease) => text(lease, "ip") === text(redirect, "dest_ip"));
    const port = Number(text(redirect, "src_dport"));
    const value = {
      port,
      protocol: wordsOf(redirect.options.get("proto"))[0] ?? "tcp",
      host: nameFrom(text(host, "name")),
      hostPort: Number(text(redirect, "dest_port") || port),
      public: "open on the router when it was imported",
    };
    return { path: ["network", "forwards", nameFrom(text(redirect, "name"))], value };
  });
}

/** `galactica-guests` of `Galactica guests`: a name as the configuration takes it. */
function nameFrom(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
}

function isName(id: string): boolean {
  return nameFrom(id) === id;
}

function bridgePorts(packages: Packages): readonly string[] {
  const bridge = sections(packages, "network", "device").find((one) => text(one, "name") === BRIDGE);
  return wordsOf(bridge?.options.get("ports"));
}

function sections(packages: Packages, name: string, type: string): readonly Section[] {
  return (packages.get(name) ?? []).filter((section) => section.type === type);
}

function section(packages: Packages, name: string, id: string): Section | undefined {
  return packages.get(name)?.find((one) => one.id === id);
}

function text(from: Section | undefined, option: string): string {
  return textOf(from?.options.get(option)) ?? "";
}
