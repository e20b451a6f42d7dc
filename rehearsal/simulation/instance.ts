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
  /** Everything that belongs to it, except containers and their volumes. */
  readonly folder: string;
  /** The folder that Pulumi runs in. */
  readonly project: string;
  readonly network: string;
  readonly subnet: string;
  readonly registryAddress: string;
  readonly registryContainer: string;
  readonly hosts: readonly SimulatedHost[];
  /** They are there only once somebody starts them: `router.ts`. */
  readonly routers: readonly SimulatedHost[];
}

/** Where a network's registry, its first Pi and its first router are, in the last part of the address. */
const registryNumber = 2;
const firstHostNumber = 11;
const firstRouterNumber = 31;

const routerNames = ["apollo", "gaeta"];

/**
 * The lab of that name: `rehearsal` is the person's, `test` that of `npm test`, any other name gets a network of its own too.
 * The hosts are those of `Pulumi.yaml`.
 */
export function instanceOf(name: string): Instance {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) {
    throw new Error(`A simulated lab's name has lower-case letters, digits and hyphens, 20 at most: "${name}" will not do.`);
  }
  const prefix = networkPrefix(name);
  const folder = join(repository, ".rehearsal", name);
  return {
    name,
    folder,
    project: join(folder, "lab"),
    network: `homelab-${name}`,
    subnet: `${prefix}.0/24`,
    registryAddress: `${prefix}.${registryNumber}`,
    registryContainer: `homelab-${name}-registry`,
    hosts: machines(hostNames(), firstHostNumber),
    routers: machines(routerNames, firstRouterNumber),
  };

  function machines(names: readonly string[], first: number): readonly SimulatedHost[] {
    return names.map((machine, index) => ({
      name: machine,
      address: `${prefix}.${first + index}`,
      container: `homelab-${name}-${machine}`,
    }));
  }
}

/** The first three parts of the lab's addresses. */
function networkPrefix(name: string): string {
  if (name === "rehearsal") return "10.97.0";
  if (name === "test") return "10.96.0";
  const number = createHash("sha256").update(name).digest().readUInt8(0);
  return `10.96.${1 + (number % 255)}`;
}

function hostNames(): readonly string[] {
  const project: unknown = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8"));
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
