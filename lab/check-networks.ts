import type { WorkloadDefinition } from "./definition.ts";
import type { ConfigProblem, LabConfig } from "./model.ts";
import { sortedNames } from "./names.ts";
import { addressNumber, overlap, rangeOf, subnetCount } from "./network.ts";

/** Whether every host has an address of its own, and its containers a range that nothing else is in. */
export function checkNetworks(lab: LabConfig, catalogue: readonly WorkloadDefinition[]): readonly ConfigProblem[] {
  const names = sortedNames(lab.hosts);
  return names.flatMap((name, index) => [
    ...checkAddress(lab, name, names.slice(0, index)),
    ...checkRange(lab, name, names, names.slice(0, index)),
    ...checkRoom(lab, name, catalogue),
  ]);
}

function checkAddress(lab: LabConfig, name: string, earlier: readonly string[]): ConfigProblem[] {
  const address = lab.hosts[name]?.address;
  const twin = earlier.find((other) => lab.hosts[other]?.address === address);
  if (!twin) return [];
  return [problem(name, "address", address, `is ${twin}'s address too`, "Give each host its own address.")];
}

function checkRange(lab: LabConfig, name: string, names: readonly string[], earlier: readonly string[]): ConfigProblem[] {
  const cidr = lab.hosts[name]?.containerSubnet ?? "";
  const range = rangeOf(cidr);
  const neighbour = earlier.find((other) => overlap(range, rangeOf(lab.hosts[other]?.containerSubnet ?? "")));
  const inside = names.find((other) => {
    const address = addressNumber(lab.hosts[other]?.address ?? "");
    return overlap(range, { first: address, last: address });
  });
  const network = homeNetworks(lab).find((one) => overlap(range, rangeOf(one.subnet)));
  const remedy = "Take a range that nothing else in the home uses, such as 10.98.32.0/20.";
  return [
    ...(addressNumber(cidr.split("/")[0] ?? "") === range.first
      ? []
      : [problem(name, "containerSubnet", cidr, "does not begin where its prefix says", "Set the bits after the prefix to 0.")]),
    ...(neighbour ? [problem(name, "containerSubnet", cidr, `overlaps with that of ${neighbour}`, remedy)] : []),
    ...(inside ? [problem(name, "containerSubnet", cidr, `holds the address of ${inside}`, remedy)] : []),
    ...(network
      ? [problem(name, "containerSubnet", cidr, `overlaps with the network ${network.name} (${network.subnet})`, remedy)]
      : []),
  ];
}

/** What the routers route. The host would answer whoever is there into a bridge of its own: ssh is cut, and nobody gets in again. */
function homeNetworks({ home }: LabConfig): readonly { readonly name: string; readonly subnet: string }[] {
  if (!home) return [];
  const { vlans, wireguard } = home.network;
  const routed = sortedNames(vlans).flatMap((name) => {
    const subnet = vlans[name]?.subnet;
    return subnet === undefined ? [] : [{ name, subnet }];
  });
  return [...routed, ...(wireguard ? [{ name: "wireguard", subnet: wireguard.subnet }] : [])];
}

/** Whether each workload's network lies within the host's range. */
function checkRoom(lab: LabConfig, name: string, catalogue: readonly WorkloadDefinition[]): ConfigProblem[] {
  const cidr = lab.hosts[name]?.containerSubnet ?? "";
  const room = subnetCount(cidr);
  const outside = catalogue.filter((definition) => lab.placement[definition.name]?.includes(name) && definition.network >= room);
  return outside.map((definition) =>
    problem(
      name,
      "containerSubnet",
      cidr,
      `has room for ${room} networks of containers, and ${definition.name}'s is number ${definition.network}, counted from 0`,
      "Give the host a larger range (a smaller number after the slash).",
    ),
  );
}

function problem(host: string, key: string, value: unknown, message: string, remedy: string): ConfigProblem {
  return { file: "Pulumi.yaml", path: `homelab:hosts.${host}.${key}`, value, message, remedy };
}
