import type { ConfigProblem, LabPlan } from "../model.ts";
import { sortedNames } from "../names.ts";
import { checkForwards, checkLeases, checkPeople } from "./check-addresses.ts";
import { checkOwn } from "./check-own.ts";
import { checkVlanName, checkVlans, checkWifi } from "./check-vlans.ts";
import type { NetworkConfig, RouterConfig, RoutersConfig } from "./model.ts";
import { managementOf, networksOf, zoneOf } from "./networks.ts";
import { problem } from "./problem.ts";

/** Whether network and routers fit together, and with the Pis: all that is wrong, before anybody connects anywhere. */
export function checkRouters(plan: LabPlan, config: RoutersConfig): readonly ConfigProblem[] {
  const { network, routers } = config;
  const problems = [
    ...checkVlans(network),
    ...checkWifi(network),
    ...checkLeases(plan, config),
    ...checkPeople(config),
    ...checkForwards(plan, config),
    ...checkRouterCount(routers),
    ...sortedNames(routers).flatMap((name) => checkRouter(name, routers[name], config)),
  ];
  return problems.length > 0 ? problems : checkOwn(plan, config);
}

function checkRouterCount(routers: RoutersConfig["routers"]): ConfigProblem[] {
  const all = sortedNames(routers).filter((name) => routers[name]?.role === "router");
  if (sortedNames(routers).length === 0 || all.length === 1) return [];
  const remedy = "Give the one behind the internet line the role, and the others access-point.";
  return [
    problem(
      "routers",
      undefined,
      `has ${all.length === 0 ? "none" : all.join(" and ")} with the role router: one is needed`,
      remedy,
    ),
  ];
}

function checkRouter(name: string, router: RouterConfig | undefined, config: RoutersConfig): ConfigProblem[] {
  if (!router) return [];
  const path = `routers.${name}`;
  const management = managementOf(networksOf(config.network), router.address);
  const own = router.role === "router" ? management?.routed?.router : undefined;
  const zone = zoneOf(router.address, config);
  const carried = new Set(
    Object.values(router.ports).flatMap(({ untagged, tagged }) => [...tagged, ...(untagged ? [untagged] : [])]),
  );
  return [
    ...(management
      ? []
      : [problem("network.vlans", undefined, "has no network to manage routers in", 'Add one of kind "management".')]),
    ...(own !== undefined && router.address !== own
      ? [
          problem(
            `${path}.address`,
            router.address,
            `is not the first of ${management?.name}`,
            `The router has the first: ${own}.`,
          ),
        ]
      : []),
    ...(own === undefined && management && zone !== undefined && zone !== management.interface
      ? [
          problem(
            `${path}.address`,
            router.address,
            `lies in ${zone}`,
            `Routers are managed in ${management.name}; take one there.`,
          ),
        ]
      : []),
    ...(management && !carried.has(management.name)
      ? [problem(`${path}.ports`, undefined, `carry ${management.name} nowhere: nobody would reach ${name}`, "Add it to a port.")]
      : []),
    ...(router.role === "router" && !router.wan
      ? [problem(`${path}.wan`, undefined, "is missing", "Name the device of the internet line: { device: wan }.")]
      : []),
    ...sortedNames(router.ports).flatMap((port) => checkPort(`${path}.ports.${port}`, router.ports[port], config.network)),
  ];
}

function checkPort(path: string, port: RouterConfig["ports"][string] | undefined, network: NetworkConfig): ConfigProblem[] {
  if (!port) return [];
  return [
    ...checkVlanName(`${path}.untagged`, port.untagged, network),
    ...port.tagged.flatMap((name, index) => checkVlanName(`${path}.tagged[${index}]`, name, network)),
    ...(port.untagged !== undefined && port.tagged.includes(port.untagged)
      ? [
          problem(
            `${path}.tagged`,
            port.tagged,
            `has ${port.untagged}, which goes without a tag there`,
            "Leave it in one of the two.",
          ),
        ]
      : []),
  ];
}
