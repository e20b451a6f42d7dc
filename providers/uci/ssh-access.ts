import { type Packages, type Section, textOf, type Value, wordsOf } from "./model.ts";

/** Whether the device's firewall lets ssh in from a network, and whether its ssh server listens there. */

/** The port of dropbear where its configuration names none. */
const SSH_PORT = "22";

/** A connection from `client` to `address`, both as the device knows them. */
interface Connection {
  readonly client: string;
  readonly address: string;
  readonly port: number;
}

/**
 * Whether a new ssh connection from an interface's network reaches the device, as the firewall's zones and rules say. True where
 * there is no firewall. Of a rule whose conditions are not all known, an accepting one does not count, a refusing one does.
 */
export function firewallLetsIn(packages: Packages, network: string, connection: Connection): boolean {
  const sections = (packages.get("firewall") ?? []).filter(isEnabled);
  const of = (type: string) => sections.filter((section) => section.type === type);
  const zones = of("zone");
  if (zones.length === 0) return true;
  const zone = zones.find((one) => wordsOf(one.options.get("network")).includes(network) && isOf(one, connection) === true);
  const name = textOf(zone?.options.get("name"));
  const rule = of("rule").find((candidate) => decides(candidate, name, connection));
  const policy = zone?.options.get("input") ?? of("defaults")[0]?.options.get("input");
  return (textOf(rule?.options.get("target")) ?? textOf(policy) ?? "REJECT").toUpperCase() === "ACCEPT";
}

/** What is looked into of a rule, and what says nothing about whom it is for. */
const KNOWN = [
  ...["src", "dest", "proto", "dest_port", "src_ip", "dest_ip", "family", "target", "enabled"],
  ...["name", "log", "log_limit", "counter"],
];

/** Whether a rule decides about ssh from a zone to the device itself. */
function decides(rule: Section, zone: string | undefined, connection: Connection): boolean {
  const { options } = rule;
  const source = textOf(options.get("src"));
  if (options.has("dest") || source === undefined || (source !== "*" && source !== zone)) return false;
  const protocols = wordsOf(options.get("proto"));
  if (protocols.length > 0 && !protocols.some((protocol) => ["tcp", "tcpudp", "all", "any", "6"].includes(protocol)))
    return false;
  const ports = wordsOf(options.get("dest_port"));
  if (ports.length > 0 && !ports.some((range) => holds(range, connection.port))) return false;
  const isOfFamily = isOf(rule, connection);
  if (isOfFamily === false) return false;
  const [sources, targets] = [wordsOf(options.get("src_ip")), wordsOf(options.get("dest_ip"))];
  if (textOf(options.get("target")) !== "ACCEPT") return textOf(options.get("target")) !== "MARK";
  const isSure = isOfFamily === true && [...options.keys()].every((option) => KNOWN.includes(option));
  return isSure && holdsAddress(sources, connection.client) && holdsAddress(targets, connection.address);
}

/** Whether a zone or a rule is for the connection's kind of addresses; undefined where it does not say so in fw4's words. */
function isOf({ options }: Section, { address }: Connection): boolean | undefined {
  const family = textOf(options.get("family")) ?? "any";
  if (["any", "all", "*"].includes(family)) return true;
  const isFour = family === "inet" || family.includes("4");
  if (!isFour && !family.includes("6")) return undefined;
  return isFour === !address.includes(":");
}

/** Whether a list of addresses has this one, or is empty, which means all. Ranges are not looked into. */
function holdsAddress(addresses: readonly string[], address: string): boolean {
  return addresses.length === 0 || addresses.some((one) => one === address || one === `${address}/32`);
}

/** Whether dropbear listens for an interface at a port. True where it has no configuration. */
export function sshListens(packages: Packages, network: string, port: number): boolean {
  const servers = (packages.get("dropbear") ?? []).filter(({ type }) => type === "dropbear");
  if (servers.length === 0) return !packages.has("dropbear");
  return servers.some(({ options }) => {
    if (!isOn(options.get("enable")) || !isOn(options.get("RootLogin"))) return false;
    const ports = options.has("Port") ? wordsOf(options.get("Port")) : [SSH_PORT];
    const where = textOf(options.get("Interface"));
    return ports.includes(String(port)) && (where === undefined || where === network);
  });
}

/** `22`, `20-25` or `20:25`. */
function holds(range: string, port: number): boolean {
  const [first = "", last = first] = range.split(/[-:]/);
  return Number(first) <= port && port <= Number(last);
}

function isEnabled({ options }: Section): boolean {
  return isOn(options.get("enabled"));
}

/** As fw4 reads it, where it is on unless somebody says otherwise: a section with any other word it leaves out. */
function isOn(value: Value | undefined): boolean {
  return ["1", "on", "true", "yes"].includes(textOf(value) ?? "1");
}
