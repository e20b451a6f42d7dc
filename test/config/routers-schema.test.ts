import { describe, expect, expectTypeOf, it } from "vitest";
import { parse } from "yaml";
import type { z } from "zod";
import { schemaProblems } from "../../config/problems.ts";
import { networkSchema, routersSchema } from "../../config/routers-schema.ts";
import type { NetworkConfig, RouterConfig } from "../../lab/routers/model.ts";

const NETWORK = `
country: DE
timezone: { name: Europe/Berlin, rule: "CET-1CEST,M3.5.0,M10.5.0/3" }
vlans:
  management: { id: 10, kind: management, subnet: 192.168.10.0/24 }
  users: { id: 30, kind: users, subnet: 192.168.30.0/24, pool: 100-249 }
  storage: { id: 50, kind: storage }
leases:
  laptop: { mac: "02:00:5E:10:00:30", address: 192.168.30.10 }
wifi:
  home: { ssid: galactica, vlan: users }
`;

const ROUTERS = `
apollo:
  role: router
  address: 192.168.10.1
  ports:
    lan1: { untagged: users }
    lan4: { tagged: [management, users, storage] }
  radios:
    radio0: { band: 2g, channel: 1, mode: HE20 }
  wan: { device: wan }
`;

const network = (changes: object = {}) => problems("network", networkSchema, { ...parse(NETWORK), ...changes });
const routers = (text: string) => problems("routers", routersSchema, parse(text));

/** What a person is told, with where it is. */
function problems(key: string, schema: z.ZodType, value: unknown): string {
  const result = schema.safeParse(value);
  const issues = result.success ? [] : result.error.issues;
  const found = schemaProblems(issues, schema, { file: "Pulumi.yaml", path: [key], value });
  return found.map(({ path, message }) => `${path} ${message}`).join("\n");
}

it("reads what a person writes, with what may be left out", () => {
  expect(networkSchema.parse(parse(NETWORK))).toMatchObject({
    vlans: { users: { pool: { first: 100, last: 249 } } },
    leases: { laptop: { mac: "02:00:5e:10:00:30" } },
    wifi: { home: { security: "wpa2-wpa3", bands: ["2g", "5g"], isolate: false } },
    operators: [],
    forwards: {},
  });
  expect(routersSchema.parse(parse(ROUTERS)).apollo).toMatchObject({
    sshPort: 22,
    confirmWithinSeconds: 60,
    allowManagementPathChange: false,
    ports: { lan1: { untagged: "users", tagged: [] } },
  });
});

it("gives what the plan takes, as it is", () => {
  expectTypeOf<z.output<typeof networkSchema>>().toExtend<NetworkConfig>();
  expectTypeOf<z.output<typeof routersSchema>>().toExtend<Record<string, Omit<RouterConfig, "hostKey">>>();
});

describe("refuses", () => {
  it.each<[string, object, RegExp]>([
    ["a key that is not known", { vlan: {} }, /homelab:network\.vlan is not known/],
    [
      "a VLAN that cannot be",
      { vlans: { x: { id: 4095, kind: "users", subnet: "192.168.1.0/24" } } },
      /vlans\.x\.id must be a number from 1 to 4094/,
    ],
    ["a kind that is not known", { vlans: { x: { id: 1, kind: "guests" } } }, /x\.kind/],
    ["a range without room", { vlans: { x: { id: 1, kind: "users", subnet: "192.168.1.0/31" } } }, /must be a \/16 to \/29/],
    [
      "a pool in other words",
      { vlans: { x: { id: 1, kind: "users", subnet: "192.168.1.0/24", pool: "100..200" } } },
      /two numbers/,
    ],
    [
      "a hardware address in other words",
      { leases: { x: { mac: "02-00-5e-10-00-30", address: "192.168.30.10" } } },
      /hardware address/,
    ],
    ["an ssid with a control character", { wifi: { x: { ssid: "a\u0001b", vlan: "users" } } }, /control characters/],
    ["an ssid with a newline", { wifi: { x: { ssid: "a\nb", vlan: "users" } } }, /control characters/],
    ["an ssid of more than 32 bytes", { wifi: { x: { ssid: "é".repeat(17), vlan: "users" } } }, /longer than 32 bytes/],
    ["a country in other words", { country: "Germany" }, /two capitals/],
    [
      "a key that is none",
      { wireguard: { subnet: "192.168.60.0/24", peers: { x: { address: "192.168.60.2", publicKey: "abc" } } } },
      /WireGuard key/,
    ],
    ["an outward without a reason", { outwards: { x: { port: 443 } } }, /outwards\.x\.reason is missing/],
  ])("%s", (_, changes, reason) => {
    expect(network(changes)).toMatch(reason);
  });

  it.each([
    ["a port with a shell in it", ROUTERS.replace("lan1:", "lan1;reboot:"), /name of a network device/],
    ["a mode that is none", ROUTERS.replace("HE20", "fast"), /mode such as HE80/],
    ["a role that is none", ROUTERS.replace("role: router", "role: bridge"), /role/],
    [
      "a time too short to confirm in",
      ROUTERS.replace("wan: {", "confirmWithinSeconds: 5\n  wan: {"),
      /confirmWithinSeconds must be at least 10/,
    ],
  ])("%s", (_, text, reason) => {
    expect(routers(text)).toMatch(reason);
  });
});
