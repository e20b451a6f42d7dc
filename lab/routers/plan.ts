import type { LabPlan } from "../model.ts";
import { sortedNames } from "../names.ts";
import { type Access, accessesOf } from "./access.ts";
import { accessPointFirewall, firewall } from "./firewall.ts";
import type { RouterConfig, RoutersConfig } from "./model.ts";
import { dhcp, dns, noDhcp } from "./names.ts";
import { managementOf, networksOf } from "./networks.ts";
import { withOwn } from "./own.ts";
import { type Part, probe, together } from "./part.ts";
import { wireguard } from "./remote.ts";
import { withoutStock } from "./stock.ts";
import { accessPointInterface, bridge, routerInterface } from "./switch.ts";
import { internet, system } from "./system.ts";
import { wireless } from "./wireless.ts";

/** One device with all that it must have. */
export interface PlannedRouter {
  readonly name: string;
  readonly config: RouterConfig;
  /** What network and role make of it. */
  readonly planned: Part;
  /** The same with what the device has of its own: what it must have. */
  readonly part: Part;
}

/** All routers and access points of the home, and who may talk to whom. */
export interface RoutersPlan {
  readonly routers: readonly PlannedRouter[];
  /** The exceptions in the router's firewall, each with its reason. */
  readonly accesses: readonly Access[];
}

/**
 * The routers that the stack of a host makes: all of them, if it is the primary's. In the order in which they are changed: what is
 * behind the router goes first, while the way to it is as it was.
 */
export function routersOf(plan: LabPlan, host: string): readonly PlannedRouter[] {
  const { home, primary } = plan.config;
  if (!home || host !== primary) return [];
  const { routers } = planRouters(plan, home);
  const isRouter = ({ config }: PlannedRouter) => config.role === "router";
  return [...routers.filter((one) => !isRouter(one)), ...routers.filter(isRouter)];
}

/** What each device must have. Takes a configuration without problems ({@link checkRouters}). */
export function planRouters(plan: LabPlan, config: RoutersConfig): RoutersPlan {
  const accesses = accessesOf(plan, config);
  const routers = sortedNames(config.routers).flatMap((name): PlannedRouter[] => {
    const router = config.routers[name];
    if (!router) return [];
    const own = router.role === "router" ? routing(plan, router, config, accesses) : bridging(router, config);
    const planned = withoutStock(together([...alike(name, router, config), ...own]), networksOf(config.network));
    return [{ name, config: router, planned, part: withOwn(name, planned, router.own) }];
  });
  return { routers, accesses };
}

/** The address of a Pi or of a lease, by name. */
export function hostAddress(name: string, plan: LabPlan, config: RoutersConfig): string | undefined {
  return plan.hosts.find((host) => host.name === name)?.config.address ?? config.network.leases[name]?.address;
}

/** What must be equal at all of them. */
function alike(name: string, router: RouterConfig, { network }: RoutersConfig): readonly Part[] {
  const networks = networksOf(network);
  const management = managementOf(networks, router.address);
  return [...system(name, router, network, management), ...bridge(router, networks), ...wireless(name, router, network)];
}

function routing(plan: LabPlan, router: RouterConfig, config: RoutersConfig, accesses: readonly Access[]): readonly Part[] {
  // `dnsmasq.conf.cfg01411c`. One with a number after that, OpenWrt is just writing.
  const tested = 'case $file in *.conf.*.*) ;; *) dnsmasq --test -C "$file" || exit 1 ;; esac';
  const test = `for file in /var/etc/dnsmasq.conf.*; do ${tested}; done`;
  return [
    ...networksOf(config.network).map(routerInterface),
    ...internet(router),
    ...dns(plan, config),
    ...dhcp(config),
    ...wireguard(config.network),
    ...firewall(config, accesses, (name) => hostAddress(name, plan, config)),
    probe("names and addresses are valid (dnsmasq)", "sh", "-c", test),
  ];
}

function bridging({ address }: RouterConfig, { network }: RoutersConfig): readonly Part[] {
  const networks = networksOf(network);
  const management = managementOf(networks, address);
  const own = { address, router: management?.routed?.router ?? "" };
  return [
    ...networks.map((one) => accessPointInterface(one, one === management ? own : undefined)),
    ...(management ? [noDhcp(management.interface), ...accessPointFirewall(management.interface)] : []),
  ];
}
