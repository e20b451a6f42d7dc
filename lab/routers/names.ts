import type { LabPlan } from "../model.ts";
import { hostName, pageName, sortedNames } from "../names.ts";
import type { RoutersConfig } from "./model.ts";
import { networksOf } from "./networks.ts";
import { type Part, section, sectionName } from "./part.ts";

/** Addresses and names: DHCP and DNS, which dnsmasq does both. */

/**
 * Every name of the lab's domain and its address, from the plan that the certificates are made from. A lease gives a name only to
 * what has none: a Pi that is about to move has its new address there, and serves at the old one until it is in `homelab:hosts`.
 */
function records(plan: LabPlan, { routers, network }: RoutersConfig): ReadonlyMap<string, string> {
  const { config } = plan;
  const all = new Map<string, string>();
  for (const host of plan.hosts) {
    for (const name of [host.fqdn, host.nodeExporter.identity]) all.set(name, host.config.address);
  }
  for (const { identity, address, definition } of plan.workloads) {
    all.set(identity, address);
    if (definition.page) all.set(pageName(definition.page.name, config), address);
  }
  for (const name of sortedNames(routers)) all.set(hostName(name, config), routers[name]?.address ?? "");
  for (const name of sortedNames(network.leases)) {
    const fqdn = hostName(name, config);
    if (!all.has(fqdn)) all.set(fqdn, network.leases[name]?.address ?? "");
  }
  return all;
}

/** The router's DNS: it alone answers for the lab's domain, and gives a name to each record. */
export function dns(plan: LabPlan, config: RoutersConfig): readonly Part[] {
  const { domain } = plan.config;
  const server = { domain, local: `/${domain}/`, expandhosts: "1", authoritative: "1", rebind_protection: "1" };
  return [
    section("dhcp.dnsmasq", "dnsmasq", server, { match: {}, released: "restore" }),
    ...[...records(plan, config)].map(([name, ip]) =>
      section(`dhcp.${sectionName("name", name)}`, "domain", { name, ip }, { match: { name } }),
    ),
  ];
}

/** The router's DHCP: a pool for each network that has one, and a fixed address for each device that has one. */
export function dhcp({ network }: RoutersConfig): readonly Part[] {
  const pools = networksOf(network)
    .filter(({ routed }) => routed !== undefined)
    .map(({ interface: name, pool, routed }) => {
      const router = routed?.router ?? "";
      const given = { start: String(pool?.first), limit: String((pool?.last ?? 0) - (pool?.first ?? 0) + 1), leasetime: "12h" };
      const options = pool ? { ...given, dhcpv4: "server", ignore: "", dhcp_option: [`42,${router}`] } : { ignore: "1" };
      return section(`dhcp.${name}`, "dhcp", { interface: name, ...options });
    });
  const leases = sortedNames(network.leases).map((name) => {
    const { mac = "", address = "" } = network.leases[name] ?? {};
    return section(`dhcp.${sectionName("lease", name)}`, "host", { name, ip: address, mac: [mac] }, { match: { mac } });
  });
  return [...pools, ...leases];
}

/** An access point gives no addresses: the router does. */
export function noDhcp(name: string): Part {
  return section(`dhcp.${name}`, "dhcp", { interface: name, ignore: "1" });
}
