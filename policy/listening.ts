/** What can be heard on the way, and what can be reached from outside. */
import type { LabPlan } from "../lab/model.ts";
import { isStockRule } from "../lab/routers/stock.ts";
import { HOST_DIRECTORY, UCI_DEVICE } from "../providers/resource-types.ts";
import { type PlannedResource, type Policy, UNKNOWN } from "./policy.ts";
import { values } from "./unit.ts";
import { member, type PlannedWorkload, text, texts, workloadsIn } from "./workload.ts";

export const encrypted: Policy = {
  name: "encrypted",
  description: "Nothing listens in the clear beyond its own host.",
  resource: (resource, plan) => [
    ...workloadsIn([resource], plan).flatMap(inTheClear),
    ...(resource.type === HOST_DIRECTORY ? servicesInTheClear(resource) : []),
  ],
};

/** A port as it can be reached. */
interface OpenPort {
  readonly address: string;
  readonly number: string;
  /** In the container. */
  readonly inside: string;
  readonly protocol: string;
}

function inTheClear(workload: PlannedWorkload): readonly string[] {
  const { name, file, placed } = workload;
  return openPorts(workload).flatMap((port) => {
    const label = `${name} listens on ${port.number}/${port.protocol}`;
    if (port.address === "") return [`${label} at every address of its host. Name one: PublishPort=<address>:${port.number}:…`];
    const defined = placed?.ports.find((one) => String(one.number) === port.number && one.protocol === port.protocol);
    if (/^127\./.test(port.address) || (defined?.clear ?? "").trim() !== "") return [];
    if (speaksTls(workload, port)) return [];
    return [
      `${label}, and nothing shows that it speaks TLS there. Let its health check ask that port, put it behind the host's Nginx, or write why it may be heard as \`clear\` of the port in ${file}.`,
    ];
  });
}

/** What the unit publishes; in the host's network, what the workload's file says. */
function openPorts({ unit, placed }: PlannedWorkload): readonly OpenPort[] {
  const published = values(unit, "Container", "PublishPort").map((line): OpenPort => {
    const [, address = "", number = "", inside = "", protocol = "tcp"] =
      /^(?:(\d+\.[\d.]+|\[[\da-f:]+\]):)?(\d+)(?::(\d+))?(?:\/(\w+))?$/.exec(line) ?? [];
    return { address, number, inside: inside || number, protocol };
  });
  if (!values(unit, "Container", "Network").includes("host")) return published;
  return (placed?.ports ?? []).map(({ address, number, protocol }) => ({
    address,
    number: String(number),
    inside: String(number),
    protocol,
  }));
}

/** The host's health check is answered there over TLS; or the application's own files say so, in Nginx's words. */
function speaksTls({ inputs }: PlannedWorkload, { number, inside, protocol }: OpenPort): boolean {
  if (protocol !== "tcp") return false;
  // With a certificate that only the update makes, its files are not known yet: the update asks again.
  if (inputs.files === UNKNOWN) return true;
  const words = member(inputs.health, "command");
  const command = Array.isArray(words) ? words.map(text) : [];
  const asked =
    command.some((word) => word.startsWith("https://") && new RegExp(`:${number}(/|$)`).test(word)) ||
    (command.includes("--cafile") && command[command.indexOf("-p") + 1] === number);
  const listens = texts(inputs.files).flatMap(([, file]) =>
    [...file.matchAll(/^\s*listen\s+([^;]+);/gm)].map(([, words = ""]) => words),
  );
  const own = listens.filter((words) => new RegExp(`(^|:)${inside}(\\s|$)`).test(words));
  return own.length > 0 ? own.every((words) => /\sssl(\s|$)/.test(words)) : asked;
}

/** Services of the host itself, as far as their command lines say where they listen. */
function servicesInTheClear({ inputs }: PlannedResource): readonly string[] {
  return texts(inputs.files).flatMap(([file, content]) =>
    content
      .split("\n")
      .filter((line) => /listen-address=(?!127\.|localhost|unix)/.test(line) && !/--web\.config\.file=|--tls/.test(line))
      .map(
        (line) =>
          `${text(inputs.path)}/${file} starts a service that listens in the clear (${line.trim()}). Give it a certificate, or let it listen on 127.0.0.1.`,
      ),
  );
}

/** The zone of the internet line, and the word for that and all others. */
const WAN = "wan";
const ANYWHERE = "*";

export const outside: Policy = {
  name: "outside",
  description: "Nothing is reachable from outside that is not declared `public`.",
  resource: ({ type, name, inputs }, plan) => {
    if (type !== UCI_DEVICE) return [];
    const sections = firewallSections(inputs);
    const defaults = sections.find(({ type }) => type === "defaults");
    return [
      ...sections
        .filter((section) => section.type === "zone" && section.option("name") === WAN)
        .flatMap((zone) => openZone(name, zone, defaults)),
      ...sections.filter(isWayIn).flatMap((section) => way(name, section, plan)),
    ];
  },
};

interface Section {
  /** `firewall.zone_wan`. */
  readonly key: string;
  readonly type: string;
  /** As text, lists as words; empty if it is not there. */
  readonly option: (name: string) => string;
  readonly options: Readonly<Record<string, string>>;
}

function firewallSections(inputs: PlannedResource["inputs"]): readonly Section[] {
  const sections = member(inputs, "sections");
  return Object.keys(sections !== null && typeof sections === "object" ? sections : {})
    .filter((key) => key.startsWith("firewall."))
    .map((key) => {
      const options = optionsOf(inputs.settings, key);
      return { key, type: text(member(member(sections, key), "type")), option: (name) => options[name] ?? "", options };
    });
}

function optionsOf(settings: unknown, key: string): Readonly<Record<string, string>> {
  const all = Object.entries(settings !== null && typeof settings === "object" ? settings : {});
  const own = all.flatMap(([place, value]): [string, string][] =>
    place.startsWith(`${key}.`) ? [[place.slice(key.length + 1), asText(value)]] : [],
  );
  // Empty: it must not be there.
  return Object.fromEntries(own.filter(([, value]) => value !== ""));
}

function asText(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join(" ") : text(value);
}

function openZone(router: string, zone: Section, defaults: Section | undefined): readonly string[] {
  // What a zone does not say, the firewall's defaults do.
  const set = (option: string): string => zone.option(option) || (defaults?.option(option) ?? "");
  return ["input", "forward"]
    .filter((option) => !isWord(set(option), "reject") && !isWord(set(option), "drop"))
    .map(
      (option) =>
        `${router} would let in all that comes from outside (${option} of the zone ${WAN} is ${set(option) || "not set"}). Write REJECT.`,
    );
}

/** OpenWrt's firewall takes the beginning of a word for it, in any case. */
function isWord(written: string, word: string): boolean {
  return written !== "" && word.startsWith(written.toLowerCase());
}

/** Whether a section lets in what begins outside: not one that is switched off, that refuses, or that is about what goes out. */
function isWayIn({ type, option }: Section): boolean {
  if (![WAN, ANYWHERE].includes(option("src")) || ["0", "off", "false", "no"].includes(option("enabled"))) return false;
  if (type === "rule") return isWord(option("target"), "accept");
  return type !== "nat" && !(type === "redirect" && isWord(option("target"), "snat"));
}

/** A rule, a forwarding or a redirect that begins outside. */
function way(router: string, section: Section, plan: LabPlan): readonly string[] {
  const { network, routers } = plan.config.home ?? {};
  const name = section.option("name");
  if (section.type === "rule" && isStockRule(section.options)) return [];
  // WireGuard says nothing to who has no key of it.
  const wireguard =
    network?.wireguard && section.option("proto") === "udp" && section.option("dest_port") === String(network.wireguard.port);
  if (section.type === "rule" && wireguard && section.option("dest") === "") return [];
  const forward = section.type === "redirect" ? network?.forwards[name] : undefined;
  const own = routers?.[router]?.own?.sections[section.key];
  if ([forward, own].some((one) => (one?.public ?? "").trim() !== "")) return behind(section, plan);
  const what = name || `${section.type} to ${section.option("dest")}`;
  const where = own ? `of ${section.key} in homelab:routers.${router}.own.sections` : "of a forward in homelab:network.forwards";
  return [
    `${router} would let in from outside what nobody declared public (${what}). Remove it, or declare it: \`public: <why>\` ${where} (Pulumi.yaml).`,
  ];
}

/** What is forwarded to a Pi must be a port for people: the others know their callers by certificates, and only those of the lab. */
function behind(section: Section, plan: LabPlan): readonly string[] {
  const [address, number] = [section.option("dest_ip"), section.option("dest_port")];
  const host = plan.hosts.find(({ config }) => config.address === address);
  if (host === undefined) return [];
  const open = host.workloads.some(({ ports }) =>
    ports.some((port) => String(port.number) === number && port.access === "people"),
  );
  if (open) return [];
  return [
    `${section.option("name")} would lead from outside to port ${number} of ${host.name}, which is not for people. Forward to a port with \`access: "people"\`, such as that of its Nginx.`,
  ];
}
