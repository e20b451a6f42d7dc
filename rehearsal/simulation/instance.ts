/** Names and addresses of one simulated lab. Several can be up at once: the person's, that of the tests. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../toolchain/paths.ts";

/** A simulated Pi or router. */
export interface SimulatedHost {
  /** As in `homelab:hosts`, or the name of a router. */
  readonly name: string;
  readonly address: string;
  /** Name of the container that plays it. */
  readonly container: string;
}

/** One simulated lab: what it is called and where it is. */
export interface Instance {
  readonly name: string;
  /** The folder with the `Pulumi.yaml` and the stack files that it rehearses. */
  readonly source: string;
  /** Everything that belongs to it, except containers and their volumes. */
  readonly folder: string;
  /** The folder that Pulumi runs in. */
  readonly project: string;
  readonly network: string;
  readonly subnet: string;
  /** This machine, in the lab's network: its way out. The first address is the router's, as in a home. */
  readonly gateway: string;
  readonly registryAddress: string;
  readonly registryContainer: string;
  readonly hosts: readonly SimulatedHost[];
  /** They are there only once somebody starts them: `router.ts`. The first one routes. */
  readonly routers: readonly SimulatedHost[];
  /** What the routers' cables carry beside the network: made with the first router. */
  readonly wires: readonly Wire[];
  /** The other side of the router, with its range of addresses. */
  readonly internet: { readonly network: string; readonly subnet: string };
}

/** A VLAN of the home: a network of its own, since this machine's kernel may know no tags. */
export interface Wire {
  /** The VLAN's number. */
  readonly tag: number;
  readonly network: string;
  /** Its range of addresses, which nobody has here but whom a router gives one. */
  readonly subnet: string;
}

/** Where a network's registry, its first Pi, its routers and this machine are, in the last part of the address. */
const registryNumber = 2;
const firstHostNumber = 11;
const routerNumbers: Readonly<Record<string, number>> = { apollo: 1, gaeta: 3 };
const gatewayNumber = 254;
/** Numbers of the VLANs that there are wires for. */
const tags = [10, 20, 30, 40, 50];

/**
 * The lab of that name: `rehearsal` is the person's, `test` that of `npm test`, any other name gets a network of its own too.
 *
 * @param source the folder whose `Pulumi.yaml` has its hosts: this repository, unless a test brings a lab of its own
 */
export function instanceOf(name: string, source = repository): Instance {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) {
    throw new Error(`A simulated lab's name has lower-case letters, digits and hyphens, 20 at most: "${name}" will not do.`);
  }
  const prefix = networkPrefix(name);
  const network = `homelab-${name}`;
  const folder = join(repository, ".rehearsal", name);
  return {
    name,
    source,
    folder,
    project: join(folder, "lab"),
    network,
    subnet: `${prefix}.0/24`,
    gateway: `${prefix}.${gatewayNumber}`,
    registryAddress: `${prefix}.${registryNumber}`,
    registryContainer: `homelab-${name}-registry`,
    hosts: hostNames(source).map((host, index) => machine(host, firstHostNumber + index)),
    routers: Object.entries(routerNumbers).map(([router, number]) => machine(router, number)),
    wires: tags.map((tag) => ({ tag, network: `${network}-vlan${tag}`, subnet: `${beside(prefix, tag)}.0/24` })),
    internet: { network: `${network}-internet`, subnet: `${beside(prefix, -3)}.0/24` },
  };

  function machine(host: string, number: number): SimulatedHost {
    return { name: host, address: `${prefix}.${number}`, container: `homelab-${name}-${host}` };
  }
}

/** The first three parts of the lab's addresses. */
function networkPrefix(name: string): string {
  if (name === "rehearsal") return "10.97.0";
  if (name === "test") return "10.96.0";
  const number = createHash("sha256").update(name).digest().readUInt8(0);
  return `10.96.${1 + (number % 255)}`;
}

/** The same lab's range at another second part: no two labs share one. */
function beside(prefix: string, distance: number): string {
  const [first, second, third] = prefix.split(".").map(Number);
  return `${first}.${(second ?? 0) + distance}.${third}`;
}

function hostNames(source: string): readonly string[] {
  const project: unknown = parse(readFileSync(join(source, "Pulumi.yaml"), "utf8"));
  const hosts = at(project, "config", "homelab:hosts", "value");
  if (typeof hosts === "object" && hosts !== null) return Object.keys(hosts);
  throw new Error("Pulumi.yaml has no config homelab:hosts: there is nothing to rehearse.");
}

/** The value at a path of keys, undefined where there is none. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
