import { type Amount, capacityOf, limitsOf } from "./capacity.ts";
import { type ImageReference, type LabPlan, type PlacedWorkload, type StackConfig, UNPINNED } from "./model.ts";
import { pageName, sortedNames } from "./names.ts";
import { accessTable } from "./routers/access-table.ts";
import { networksOf } from "./routers/networks.ts";
import { textTable } from "./text-table.ts";

/** The lab as tables: what runs where with what, what each host has left, which pages there are. */
export function overview(plan: LabPlan, stacks: readonly StackConfig[]): string {
  const stackOf = (host: string): StackConfig =>
    stacks.find((stack) => stack.host === host) ?? { host, images: {}, limits: {}, routerKeys: {}, initialise: [], secrets: [] };
  const workloads = plan.hosts.flatMap((host) =>
    host.workloads.map((workload, index) => [index === 0 ? host.name : "", ...workloadRow(workload, stackOf(host.name))]),
  );
  const capacities = plan.hosts.map((host) => {
    const { memoryMiB, cpus, diskGiB } = capacityOf(host, stackOf(host.name), plan);
    return [host.name, host.config.address, amount(memoryMiB, "MiB"), amount(cpus, "cores"), amount(diskGiB, "GiB")];
  });
  const pages = plan.workloads.flatMap(({ definition: { page }, name, host }) =>
    page ? [[`https://${pageName(page.name, plan.config)}`, name, host]] : [],
  );
  const headings = ["host", "workload", "tier", "image", "memory", "cpus", "ports", "volumes", "certificates", "backup"];
  return [
    textTable([headings, ...workloads]),
    textTable([["host", "address", "memory promised", "cpus promised", "disk promised"], ...capacities]),
    ...homeTables(plan),
    ...(pages.length > 0 ? [textTable([["page for people", "workload", "host"], ...pages])] : []),
    ...alertsLine(plan),
  ].join("\n\n");
}

/** Who is told of alerts: that nobody is, is easily overlooked until something is wrong. */
function alertsLine({ config: { alerts = {} }, workloads }: LabPlan): readonly string[] {
  if (!workloads.some(({ name }) => name === "alertmanager")) return [];
  const told = sortedNames(alerts).map((name) => `${name} (${Object.keys(alerts[name] ?? {}).join(", ")})`);
  return [
    `Told of alerts: ${told.length > 0 ? list(told) : "NOBODY, they only show on the page. homelab:alerts says who shall be"}.`,
  ];
}

/** Routers, networks, and who may talk to whom. */
function homeTables(plan: LabPlan): readonly string[] {
  const { home } = plan.config;
  if (!home || Object.keys(home.routers).length === 0) return [];
  const routers = sortedNames(home.routers).flatMap((name) => {
    const router = home.routers[name];
    if (!router) return [];
    const ports = Object.entries(router.ports).map(([port, { untagged, tagged }]) => {
      return `${port} ${[untagged ?? "–", ...(tagged.length > 0 ? [`+${tagged.length}`] : [])].join(" ")}`;
    });
    const radios = Object.values(router.radios).map(({ band, channel }) => `${band} ${channel}`);
    return [
      [
        name,
        router.role,
        router.address,
        list(ports),
        list(radios),
        router.own ? `${Object.keys(router.own.sections).length} sections` : "–",
      ],
    ];
  });
  const networks = networksOf(home.network).map(({ name, id, kind, pool }) => {
    const wifis = Object.values(home.network.wifi).filter(({ vlan }) => vlan === name);
    const given = pool ? `${pool.first}-${pool.last}` : "–";
    return [name, String(id), kind, home.network.vlans[name]?.subnet ?? "–", given, list(wifis.map(({ ssid }) => ssid))];
  });
  return [
    textTable([["router", "role", "address", "ports (+ tagged)", "radios", "of its own"], ...routers]),
    textTable([["network", "VLAN", "kind", "range", "pool", "Wi-Fi"], ...networks]),
    textTable(accessTable(plan, home)),
  ];
}

function workloadRow(workload: PlacedWorkload, stack: StackConfig): readonly string[] {
  const limits = limitsOf(workload, stack);
  const image = stack.images[workload.name];
  const saved = workload.volumes.filter(({ backup }) => backup === true).map(({ name }) => name);
  return [
    workload.name,
    workload.definition.tier,
    image ? shortImage(image) : "missing",
    `${limits.memoryMiB} MiB`,
    String(limits.cpus),
    list(workload.ports.map(({ name, number, protocol }) => `${number}${protocol === "udp" ? "/udp" : ""} ${name}`)),
    list(workload.volumes.map(({ name, diskGiB }) => `${name} ${diskGiB} GiB`)),
    list(workload.certificates.map(({ usage }) => usage)),
    workload.volumes.length === 0 ? "–" : saved.length > 0 ? saved.join(", ") : "none",
  ];
}

/** `prom/prometheus:v3.16.0`, as people call it; a registry other than Docker Hub stays. */
function shortImage({ repository, tag, digest }: ImageReference): string {
  return `${repository.replace(/^docker\.io\/(library\/)?/, "")}:${tag}${digest === UNPINNED ? " (unpinned)" : ""}`;
}

function amount({ used, available }: Amount, unit: string): string {
  return `${Math.round(used * 100) / 100} of ${available} ${unit}`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "–" : items.join(", ");
}
