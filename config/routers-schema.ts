import { z } from "zod";
import { name } from "./name.ts";
import { ownSchema } from "./own-schema.ts";

/*
 * What a person may write about the home network and its routers: `homelab:network` and `homelab:routers`. Strict, as everything
 * in the configuration. Whether it fits together is asked later (lab/routers/check.ts).
 */

const port = z.int("must be a port number").min(1, "must be a port number").max(65535, "must be a port number");
const address = z.ipv4("must be an IPv4 address");
const protocol = z.enum(["tcp", "udp"], "must be tcp or udp");

const mac = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, "must be a hardware address such as 02:00:5e:10:00:0a")
  .transform((text) => text.toLowerCase())
  .meta({ description: "Its hardware address.", examples: ["02:00:5e:10:00:0a"] });

/** Text that UCI keeps: it drops a value with a control character, without a word. */
const plainText = z
  .string()
  .min(1, "must not be empty")
  .refine(
    (text) => ![...text].some((character) => character < " " || character === "\u007f"),
    "must not hold control characters",
  );

const subnet = z
  .cidrv4("must be a range of IPv4 addresses")
  .refine((text) => Number(text.split("/")[1]) >= 16 && Number(text.split("/")[1]) <= 29, "must be a /16 to /29")
  .meta({ description: "Its range of addresses. The first is the router's.", examples: ["192.168.20.0/24"] });

const pool = z
  .string()
  .regex(/^[0-9]{1,5}-[0-9]{1,5}$/, 'must be two numbers, such as "100-199"')
  .transform((text) => {
    const [first = 0, last = 0] = text.split("-").map(Number);
    return { first, last };
  })
  .meta({ description: "Addresses for whoever asks, counted from the start of the range.", examples: ["100-199"] });

const vlan = z.strictObject({
  id: z
    .int("must be a number from 1 to 4094")
    .min(1, "must be a number from 1 to 4094")
    .max(4094, "must be a number from 1 to 4094")
    .meta({ description: "Its number (tag).", examples: [20] }),
  kind: z.enum(["management", "servers", "users", "iot", "storage", "home"]).meta({
    description:
      "What it is for: management (operators only), servers (no way out but what is written in outwards), users (internet and lab), " +
      "iot (internet and broker), storage (not routed), home (all in one).",
    examples: ["users"],
  }),
  subnet: subnet.optional(),
  pool: pool.optional(),
});

const wifi = z.strictObject({
  ssid: plainText
    .refine((text) => Buffer.byteLength(text) <= 32, "is longer than 32 bytes")
    .meta({ description: "The name that people see.", examples: ["galactica"] }),
  vlan: name.meta({ description: "The VLAN that it leads to.", examples: ["users"] }),
  security: z
    .enum(["wpa2", "wpa2-wpa3", "wpa3", "enterprise"])
    .default("wpa2-wpa3")
    .meta({
      description: "How it is secured. enterprise: each person by name, asked of a RADIUS server.",
      examples: ["wpa2-wpa3"],
    }),
  bands: z
    .array(z.enum(["2g", "5g", "6g"]))
    .min(1, "names no band")
    .default(["2g", "5g"])
    .meta({ description: "On which bands.", examples: [["2g", "5g"]] }),
  isolate: z
    .boolean()
    .default(false)
    .meta({ description: "Whether its devices are kept from each other.", examples: [true] }),
});

const wireguard = z.strictObject({
  endpoint: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, "must be a name or an address in the internet")
    .optional()
    .meta({ description: "The home's name or address in the internet, for those who come in.", examples: ["home.example.org"] }),
  port: port.default(51820).meta({ description: "The port that it is reached at from outside.", examples: [51820] }),
  subnet: subnet.meta({ description: "The range of those who come in.", examples: ["192.168.60.0/24"] }),
  peers: z
    .record(
      name,
      z.strictObject({
        address: address.meta({ description: "Its address in that range.", examples: ["192.168.60.2"] }),
        publicKey: z
          .string()
          .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, "must be a WireGuard key (wg pubkey)")
          .optional()
          .meta({ description: "Its public key. Without it the lab makes its keys: npm run wireguard -- <peer>." }),
      }),
    )
    .default({}),
});

const forward = z.strictObject({
  port: port.meta({ description: "The port outside.", examples: [443] }),
  protocol: protocol.default("tcp"),
  host: name.meta({ description: "The Pi or lease that it leads to.", examples: ["starbuck"] }),
  hostPort: port.meta({ description: "The port there.", examples: [443] }),
  public: plainText.meta({ description: "Why it has to be reachable from outside.", examples: ["photos for the family"] }),
});

const outward = z.strictObject({
  reason: plainText.meta({ description: "Why, for people.", examples: ["images from registries"] }),
  protocol: protocol.default("tcp"),
  port: port.meta({ examples: [443] }),
  address: address.optional().meta({ description: "Only there. Without it: anywhere in the internet." }),
});

const service = (description: string, number: number) =>
  z
    .strictObject({ address, port: port.default(number) })
    .optional()
    .meta({ description });

/** `homelab:network`: the home network, the same for all devices. */
export const networkSchema = z
  .strictObject({
    vlans: z.record(name, vlan).meta({ description: "The networks of the home, by name." }),
    leases: z.record(name, z.strictObject({ mac, address })).default({}).meta({ description: "Devices with a fixed address." }),
    wifi: z.record(name, wifi).default({}).meta({ description: "Wi-Fis, the same at every access point." }),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be two capitals, such as DE")
      .meta({ description: "The country whose radio rules hold.", examples: ["DE"] }),
    timezone: z.strictObject({
      name: plainText.meta({ examples: ["Europe/Berlin"] }),
      rule: plainText.meta({
        description: "The same as a POSIX rule: the last line of /usr/share/zoneinfo/<name>.",
        examples: ["CET-1CEST,M3.5.0,M10.5.0/3"],
      }),
    }),
    operators: z.array(name).default([]).meta({ description: "Leases and WireGuard peers that may ssh into routers and Pis." }),
    wireguard: wireguard.optional().meta({ description: "The way in from outside." }),
    forwards: z.record(name, forward).default({}).meta({ description: "What is reachable from the internet." }),
    outwards: z.record(name, outward).default({}).meta({ description: "What servers may reach outside, each with its reason." }),
    timeServers: z
      .array(plainText)
      .min(1, "names no server")
      .default([0, 1, 2, 3].map((number) => `${number}.openwrt.pool.ntp.org`))
      .meta({ description: "Where the routers get the time." }),
    syslog: service("Where the routers send their logs.", 1514),
    radius: service("Who knows the people of an enterprise Wi-Fi.", 1812),
  })
  .meta({ description: "The home network, the same for all routers." });

/** Names of network devices on OpenWrt (`lan1`, `eth0.2`): they become part of lists of ports. */
const device = z.string().regex(/^[a-z][a-z0-9_.-]{0,14}$/, "must be the name of a network device, such as lan1");

const radio = z.strictObject({
  band: z.enum(["2g", "5g", "6g"]),
  channel: z.union([z.literal("auto"), z.int().min(1).max(233)], 'must be a channel\'s number or "auto"'),
  mode: z.string().regex(/^(HT|VHT|HE|EHT)(20|40|80|160|320)$/, "must be a mode such as HE80"),
});

const wan = z.strictObject({
  device: device.meta({ description: "The device of the internet line.", examples: ["wan"] }),
  downloadKbit: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "With uploadKbit: keeps the line responsive (SQM).", examples: [95000] }),
  uploadKbit: z
    .int()
    .min(1)
    .optional()
    .meta({ examples: [38000] }),
});

const router = z.strictObject({
  role: z
    .enum(["router", "access-point"])
    .meta({ description: "One is the router; the others are behind it.", examples: ["router"] }),
  address: address.meta({ description: "Its address in the management network.", examples: ["192.168.10.1"] }),
  sshPort: port.default(22).meta({ description: "Port of its ssh server.", examples: [22] }),
  confirmWithinSeconds: z
    .int("must be a whole number")
    .min(10, "must be at least 10")
    .max(600, "must be at most 600")
    .default(60)
    .meta({
      description: "How long it waits for the confirmation of a change before it goes back by itself, in seconds.",
      examples: [60],
    }),
  allowManagementPathChange: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Lets a change through that removes the path it is made over: address, VLAN, firewall, ssh. For the first up of a new " +
        "router, and whenever you mean it.",
      examples: [true],
    }),
  ports: z
    .record(device, z.strictObject({ untagged: name.optional(), tagged: z.array(name).default([]) }))
    .meta({ description: "Which VLANs its ports carry." }),
  radios: z.record(device, radio).default({}).meta({ description: "Its radios, by OpenWrt's names." }),
  wan: wan.optional(),
  own: ownSchema.optional(),
});

/** `homelab:routers`: the OpenWrt devices, by name. */
export const routersSchema = z.record(name, router).default({}).meta({ description: "The OpenWrt devices, by name." });
