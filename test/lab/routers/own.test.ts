import { describe, expect, it } from "vitest";
import { checkRouters } from "../../../lab/routers/check.ts";
import type { OwnConfig } from "../../../lab/routers/model.ts";
import { planRouters } from "../../../lab/routers/plan.ts";
import { apollo, config, gaeta, plan } from "./example.ts";

const NOTHING: OwnConfig = { software: [], sections: {}, order: {}, without: [] };
const withOwn = (own: Partial<OwnConfig>) => {
  const home = { ...config, routers: { apollo: apollo({ own: { ...NOTHING, ...own } }), gaeta: gaeta() } };
  const [router] = planRouters(plan, home).routers;
  if (!router) throw new Error("no apollo");
  const problems = checkRouters(plan, home).map(({ path, value, message }) => `${path} ${value} ${message}`);
  return { ...router, problems };
};
const ping = { type: "rule", match: { name: "Ping" }, options: { name: "Ping", src: "wan" }, secrets: [] };

describe("what a router has of its own", () => {
  it("comes besides what the plan makes, and changes nothing of it", () => {
    const own = { sections: { "firewall.ping": ping }, software: ["tcpdump-mini"] };
    const { part, planned, problems } = withOwn(own);
    expect(problems).toEqual([]);
    expect(part.sections).toEqual({ ...planned.sections, "firewall.ping": { type: "rule", match: { name: "Ping" } } });
    expect(part.settings).toEqual({ ...planned.settings, "firewall.ping.name": "Ping", "firewall.ping.src": "wan" });
    expect(part.software).toEqual([...planned.software, { name: "tcpdump-mini" }]);
    expect(part.order).toEqual(planned.order);
  });

  it("takes the place of planned options, whose section is known as before", () => {
    const { part, planned } = withOwn({
      sections: { "dhcp.dnsmasq": { type: "dnsmasq", options: { domain: "home" }, secrets: [] } },
    });
    expect(part.sections).toEqual(planned.sections);
    expect(part.settings).toEqual({ ...planned.settings, "dhcp.dnsmasq.domain": "home" });
  });

  it("may be a secret, in place of a shared one too, which has a name of its own", () => {
    const iface = { type: "wifi-iface", options: {}, secrets: ["key"] };
    const { part, planned } = withOwn({ sections: { "wireless.home_radio0": iface } });
    expect(part.secrets).toEqual({
      ...planned.secrets,
      "wireless.home_radio0.key": "own.apollo.wireless.home_radio0.key",
    });
  });

  it("may be less: sections, options and software that it shall do without", () => {
    const { part, planned, problems } = withOwn({
      without: ["firewall.iot_to_wan", "dhcp.users.dhcp_option", "wireless.home_radio0.key", "sqm-scripts"],
    });
    expect(problems).toEqual([]);
    const gone = (all: object) => Object.keys(planned.settings).filter((place) => !(place in all));
    expect(gone(part.settings)).toEqual(["dhcp.users.dhcp_option", "firewall.iot_to_wan.src", "firewall.iot_to_wan.dest"]);
    expect(part.sections["firewall.iot_to_wan"]).toBeUndefined();
    expect(part.secrets["wireless.home_radio0.key"]).toBeUndefined();
    expect(part.software.map(({ name }) => name)).not.toContain("sqm-scripts");
  });

  it("has its order, and after it what only the plan puts in order", () => {
    const { part, planned } = withOwn({
      sections: { "firewall.ping": ping },
      order: { firewall: ["allow_users_dns", "ping"] },
      without: ["firewall.allow_users_dhcp"],
    });
    const rest = (planned.order.firewall ?? []).filter((id) => !["allow_users_dns", "allow_users_dhcp"].includes(id));
    expect(part.order.firewall).toEqual(["allow_users_dns", "ping", ...rest]);
  });

  it.each<[string, Partial<OwnConfig>, RegExp]>([
    ["without what nobody plans", { without: ["network.vlan99"] }, /own\.without network\.vlan99 is nothing that the plan makes/],
    ["an order of what is not there", { order: { firewall: ["ping"] } }, /own\.order\.firewall ping is no section/],
    [
      "a rule of a zone that is not there",
      { sections: { "firewall.ping": { ...ping, options: { src: "guests" } } } },
      /own\.sections firewall\.ping\.src: guests names what is not there/,
    ],
    [
      "a zone of a network that is not there",
      { without: ["network.iot"] },
      /own\.sections firewall\.zone_iot\.network: iot names what is not there/,
    ],
    [
      "an interface in a VLAN that the bridge does not have",
      { sections: { "network.more": { type: "interface", options: { device: "br-lan.99" }, secrets: [] } } },
      /network\.more\.device: br-lan\.99 names what is not there/,
    ],
  ])("is refused with %s", (_, own, message) => {
    expect(withOwn(own).problems.join("\n")).toMatch(message);
  });

  it("may have devices that only the hardware knows, and rules for every zone", () => {
    const sections = {
      "network.modem": { type: "interface", options: { device: "eth1", proto: "dhcp" }, secrets: [] },
      "firewall.all": { type: "rule", options: { src: "*", dest: "*" }, secrets: [] },
    };
    expect(withOwn({ sections }).problems).toEqual([]);
  });
});
