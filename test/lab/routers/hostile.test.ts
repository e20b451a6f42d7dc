import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { networkSchema, routersSchema } from "../../../config/routers-schema.ts";
import type { RoutersConfig } from "../../../lab/routers/model.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { planChange } from "../../../providers/uci/diff.ts";
import { parseReading } from "../../../providers/uci/reading.ts";
import { renderBatch } from "../../../providers/uci/render.ts";
import { confirmCommand } from "../../../providers/uci/scripts.ts";
import { FakeUci } from "../../providers/uci/fake-uci.ts";
import { HOST_KEY } from "../fixtures.ts";
import { plan } from "./example.ts";

/*
 * What a person may write about network and routers, and what would be a command to a shell: text stays text all the way to the
 * device, and where a name is wanted there is no way in.
 */

const HOSTILE = ["'; reboot; '", "$(reboot)", "`reboot`", '"', "\\", "-rf /", "--", "a'b", "#", "== end", "é 雪"];
const LINES = ["a\nset network.lan.proto='none'", "\u0007", "\0", "a\rb"];

const network = (text: string) => ({
  country: "DE",
  timezone: { name: text, rule: text },
  vlans: { lan: { id: 1, kind: "home", subnet: "192.168.20.0/24" }, users: { id: 2, kind: "users", subnet: "192.168.30.0/24" } },
  wifi: { home: { ssid: text, vlan: "lan" } },
  forwards: { web: { port: 80, host: "adama", hostPort: 80, public: text } },
  outwards: { web: { port: 80, reason: text } },
  timeServers: [text],
});
const routers = (own: Readonly<Record<string, unknown>> = {}) => ({
  apollo: {
    role: "router",
    address: "192.168.20.1",
    wan: { device: "wan" },
    ports: { lan1: { untagged: "lan" } },
    radios: { radio0: { band: "2g", channel: 1, mode: "HE20" } },
    ...own,
  },
});

describe("hostile text", () => {
  it.each(HOSTILE)("%s reaches the device as it is, wherever text may stand", (text) => {
    const own = { sections: { "system.mine": { type: "system", options: { notes: text, list: [text, text] } } } };
    const read = { network: networkSchema.parse(network(text)), routers: routersSchema.parse(routers({ own })) };
    const apollo = { ...read.routers.apollo, hostKey: HOST_KEY } as RoutersConfig["routers"][string];
    const [router] = planRouters(plan, { network: read.network, routers: { apollo } }).routers;
    const secrets = Object.fromEntries(Object.keys(router?.part.secrets ?? {}).map((place) => [place, text]));
    const part = router?.part ?? { sections: {}, absent: {}, settings: {}, order: {} };
    const names = new Set(Object.keys(part.sections).map((key) => key.split(".")[0] ?? ""));
    const device = new FakeUci(Object.fromEntries([...names].map((name) => [name, []])));
    const packages = () => parseReading("apollo", device.reading()).packages;
    const wanted = { ...part, secrets, released: "remove" } as const;
    expect(device.batch(renderBatch(planChange(packages(), {}, wanted).operations)).errors).toEqual([]);
    expect(planChange(packages(), {}, wanted).operations).toEqual([]);
    const value = (name: string, id: string, option: string) =>
      packages()
        .get(name)
        ?.find((section) => section.id === id)
        ?.options.get(option);
    expect(value("wireless", "home_radio0", "ssid")).toBe(text);
    expect(value("wireless", "home_radio0", "key")).toBe(text);
    expect(value("system", "mine", "list")).toEqual([text, text]);
    expect(value("system", "ntp", "server")).toEqual([text]);
  });

  it.each(LINES)(
    "%j is refused where a line is wanted: UCI drops what holds such a sign, or a rule's name would be two",
    (text) => {
      const wrong = networkSchema.safeParse(network(text)).error?.issues.map(({ path }) => path.join("."));
      expect(wrong?.sort()).toEqual(
        [
          "forwards.web.public",
          "outwards.web.reason",
          "timeServers.0",
          "timezone.name",
          "timezone.rule",
          "wifi.home.ssid",
        ].sort(),
      );
    },
  );

  it.each([...HOSTILE.filter((text) => text !== "é 雪"), "é 雪", ""])("%j is no name, address, device or key", (text) => {
    const named = (value: unknown) => ({ [text]: value });
    const lan = { id: 1, kind: "home", subnet: "192.168.20.0/24" };
    const base = network("x");
    const refusedNetworks = [
      { ...base, vlans: named(lan) },
      { ...base, wifi: named({ ssid: "x", vlan: "lan" }) },
      { ...base, wifi: { home: { ssid: "x", vlan: text } } },
      { ...base, leases: named({ mac: "02:00:5e:10:00:0a", address: "192.168.20.5" }) },
      { ...base, leases: { x: { mac: text, address: "192.168.20.5" } } },
      { ...base, leases: { x: { mac: "02:00:5e:10:00:0a", address: text } } },
      { ...base, country: text },
      { ...base, operators: [text] },
      { ...base, wireguard: { subnet: text } },
      { ...base, wireguard: { subnet: "10.1.1.0/24", endpoint: text } },
      { ...base, wireguard: { subnet: "10.1.1.0/24", peers: named({ address: "10.1.1.2" }) } },
      { ...base, wireguard: { subnet: "10.1.1.0/24", peers: { x: { address: "10.1.1.2", publicKey: text } } } },
      { ...base, syslog: { address: text } },
      { ...base, radius: { address: text } },
      { ...base, forwards: { x: { port: 1, hostPort: 1, public: "x", host: text } } },
      { ...base, outwards: { x: { port: 1, reason: "x", address: text } } },
    ];
    expect(refusedNetworks.map((one) => networkSchema.safeParse(one).success)).not.toContain(true);
    const section = (more: object) => ({ own: { sections: { "system.x": { type: "system", ...more } } } });
    const refusedRouters = [
      named(routers().apollo),
      routers({ address: text }),
      routers({ wan: { device: text } }),
      routers({ ports: named({ untagged: "lan" }) }),
      routers({ ports: { lan1: { untagged: text } } }),
      routers({ radios: named({ band: "2g", channel: 1, mode: "HE20" }) }),
      routers({ own: { software: [text] } }),
      routers({ own: { sections: named({ type: "system" }) } }),
      routers({ own: { sections: { [`system.${text}`]: { type: "system" } } } }),
      routers(section({ type: text })),
      routers(section({ options: named("x") })),
      routers(section({ secrets: [text] })),
      routers({ own: { order: named(["x"]) } }),
    ];
    expect(refusedRouters.map((one) => routersSchema.safeParse(one).success)).not.toContain(true);
  });

  it.each(HOSTILE)("%s is one word to a probe", (text) => {
    const [, , script = ""] = confirmCommand("id", [], [{ name: text, command: ["printf", "%s|", "x", text] }], 0);
    const probe = script.slice(0, script.indexOf("\n}") + 2);
    expect(execFileSync("sh", ["-c", `${probe}\nprobes 2>&1`], { encoding: "utf8" })).toBe(`x|${text}|`);
  });
});
