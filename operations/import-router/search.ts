import { isDeepStrictEqual } from "node:util";
import { networkSchema, routersSchema } from "../../config/routers-schema.ts";
import type { ConfigProblem, LabPlan } from "../../lab/model.ts";
import { sortedNames } from "../../lab/names.ts";
import { checkRouters } from "../../lab/routers/check.ts";
import type { OwnSection, RoutersConfig } from "../../lab/routers/model.ts";
import type { Part } from "../../lab/routers/part.ts";
import { type PlannedRouter, planRouters } from "../../lab/routers/plan.ts";
import { planChange } from "../../providers/uci/diff.ts";
import { mapOf } from "../maps.ts";
import { type Device, type Guess, guesses, leastHome, leastRouter } from "./guesses.ts";
import { type Own, ownOf } from "./own.ts";

/** Network and routers as they are written, or may be. */
export interface Home {
  readonly network?: unknown;
  readonly routers?: unknown;
}

/** What is known of the device besides its configuration. */
export interface Circumstances {
  /** Of the software that the plan may want, what is installed. */
  readonly software: readonly string[];
  /** Values of secrets that are given or made already, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** A home with which the device is as declared. */
export interface Found extends Own {
  readonly network: unknown;
  readonly routers: Readonly<Record<string, unknown>>;
  readonly config: RoutersConfig;
  readonly part: Part;
  /** What is still wrong with network and routers, such as Pis that are in no network. */
  readonly problems: readonly ConfigProblem[];
  /** How many sections get a name by the first `up`. It changes nothing else. */
  readonly named: number;
}

/** A home that may be, and how much would have to be said beside it. */
interface Candidate {
  readonly network: unknown;
  readonly routers: Readonly<Record<string, unknown>>;
  readonly config: RoutersConfig;
  readonly problems: readonly ConfigProblem[];
  readonly own: Own;
  readonly weight: number;
  /** What the other devices would have. */
  readonly others: string;
}

/**
 * The home with which a device is as declared: in the words of the configuration as far as these say less in total, and the rest
 * as what the device has of its own. What is written already stays; other devices stay as they are planned.
 * @param plan the lab without it
 * @throws Error where what is written cannot be read
 */
export function homeFor(plan: LabPlan, written: Home, device: Device, circumstances: Circumstances): Found {
  const weigh = (network: unknown, routers: unknown) => candidate(plan, network, routers, device, circumstances);
  let best = weigh(...firstHome(written, device));
  // What a device has may be anything. Of one that makes no sense, all is its own.
  if (!best && written.network === undefined) best = weigh(...firstHome(written, { ...device, packages: new Map() }));
  if (!best) throw new Error("homelab:network or homelab:routers is not well formed: npm run plan says where.");
  const isNew = written.network === undefined;
  for (const guess of guesses(device)) {
    if (isWritten(written, guess)) continue;
    const alone = withGuess(best, guess);
    const { network, routers } = guess.besides && !isWritten(alone, guess.besides) ? withGuess(alone, guess.besides) : alone;
    const next = weigh(network, routers);
    if (
      next &&
      next.weight < best.weight &&
      next.problems.length <= best.problems.length &&
      (isNew || next.others === best.others)
    )
      best = next;
  }
  best = { ...best, own: withReasons(withMatches(best.own, written.routers, device), written.routers, device) };
  const { config, problems, own } = best;
  const routers = { ...best.routers, [device.name]: { ...mapOf(best.routers[device.name]), own: shortOwn(own) } };
  const part = partOf(plan, best, device.name);
  const named = namedSections(part, device, { ...circumstances.secrets, ...own.secrets });
  return { ...own, network: best.network, routers, config, problems, part, named };
}

/**
 * How many sections the first `up` gives a name.
 * @throws Error where it had anything else to do: the preview would not be empty
 */
function namedSections(part: Part, { name, packages }: Device, secrets: Readonly<Record<string, string>>): number {
  const values = Object.entries(part.secrets).map(([place, secret]) => [place, secrets[secret] ?? ""]);
  const { operations } = planChange(packages, {}, { ...part, secrets: Object.fromEntries(values), released: "remove" });
  const others = operations.filter(({ kind }) => kind !== "rename").map((one) => `${one.kind} ${one.package}.${one.section}`);
  if (others.length === 0) return operations.length;
  throw new Error(`With what was found ${name} would be changed all the same, which is a mistake of ours: ${others.join(", ")}`);
}

/**
 * The same with each section's `match` of until now. Once sections have their names, a device no longer shows how they were found;
 * without it the preview would show a change, and the next router could not be matched.
 */
function withMatches(found: Own, routers: unknown, { name, packages }: Device): Own {
  const before = routersSchema.safeParse(routers).data?.[name]?.own?.sections ?? {};
  const kept = Object.entries(before).flatMap(([key, { type, match }]): [string, OwnSection][] => {
    const [packageName = "", id = ""] = key.split(".");
    const there = packages.get(packageName)?.find((section) => section.id === id && section.type === type);
    const now = found.own.sections[key] ?? { type, options: {}, secrets: [] };
    const isLeft = found.own.without.includes(key);
    return match && there && !isLeft && !now.match ? [[key, { ...now, match }]] : [];
  });
  return { ...found, own: { ...found.own, sections: { ...found.own.sections, ...Object.fromEntries(kept) } } };
}

/** The same with what somebody wrote of ways in from outside: why each has to be there, for as long as it is the one he meant. */
function withReasons(found: Own, routers: unknown, { name }: Device): Own {
  const before = routersSchema.safeParse(routers).data?.[name]?.own?.sections ?? {};
  const sections = Object.entries(found.own.sections).map(([key, section]): [string, OwnSection] => {
    const { public: why, type, options } = before[key] ?? {};
    const isSame = type === section.type && isDeepStrictEqual(options, section.options);
    return [key, why !== undefined && isSame ? { ...section, public: why } : section];
  });
  return { ...found, own: { ...found.own, sections: Object.fromEntries(sections) } };
}

/** What is written, without what the device has had of its own until now; or the least that makes a home. */
function firstHome({ network, routers }: Home, device: Device): [network: unknown, routers: unknown] {
  if (network === undefined) {
    const least = leastHome(device);
    return [least.network, { ...mapOf(routers), ...least.routers }];
  }
  const { own: _, ...router } = mapOf(mapOf(routers)[device.name]);
  const known = Object.keys(router).length > 0 ? router : leastRouter(device, Object.keys(mapOf(mapOf(network).vlans)));
  return [network, { ...mapOf(routers), [device.name]: known }];
}

function candidate(
  plan: LabPlan,
  network: unknown,
  routers: unknown,
  { name, packages }: Device,
  { software, secrets }: Circumstances,
): Candidate | undefined {
  const [readNetwork, readRouters] = [networkSchema.safeParse(network), routersSchema.safeParse(routers)];
  if (!readNetwork.success || !readRouters.success) return undefined;
  const entries = Object.entries(readRouters.data).map(([key, value]) => [key, { ...value, hostKey: "" }]);
  const config: RoutersConfig = { network: readNetwork.data, routers: Object.fromEntries(entries) };
  const all = plannedRouters(plan, config);
  const planned = all.find((router) => router.name === name)?.planned;
  if (!planned) return undefined;
  const own = ownOf(name, planned, packages, software, secrets);
  const others = JSON.stringify(all.filter((router) => router.name !== name).map(({ part }) => part));
  return {
    network,
    routers: mapOf(routers),
    config,
    problems: checkRouters(plan, config),
    own,
    weight: weightOf(own),
    others,
  };
}

/** None where two of its things would be the same section, which the checks refuse. */
function plannedRouters(plan: LabPlan, config: RoutersConfig): readonly PlannedRouter[] {
  try {
    return planRouters(plan, config).routers;
  } catch {
    return [];
  }
}

/** How much is left to say. What the plan would make and the device has not weighs half: a line that waits to be taken away. */
function weightOf({ own }: Own): number {
  const options = Object.values(own.sections).map(({ options: all, secrets }) => 2 + Object.keys(all).length + secrets.length);
  return options.reduce((sum, count) => sum + count, 0) + own.without.length / 2;
}

function isWritten({ network, routers }: Home, { path: [part, ...keys] }: Guess): boolean {
  let at: unknown = part === "network" ? network : routers;
  for (const key of keys) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, key)) return false;
    at = mapOf(at)[key];
  }
  return true;
}

function withGuess({ network, routers }: Home, { path: [part, ...keys], value }: Guess): { network: unknown; routers: unknown } {
  if (part === "network") return { network: withValue(network, keys, value), routers };
  return { network, routers: withValue(routers, keys, value) };
}

function withValue(at: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const before = mapOf(at);
  return { ...before, [key]: withValue(before[key], rest, value) };
}

function partOf(plan: LabPlan, { config, own }: Candidate, name: string): Part {
  const router = config.routers[name];
  const routers = router ? { ...config.routers, [name]: { ...router, own: own.own } } : config.routers;
  const planned = planRouters(plan, { ...config, routers }).routers.find((one) => one.name === name);
  if (!planned) throw new Error(`${name} is in no plan`);
  return planned.part;
}

/** Without what is empty. */
function shortOwn({ own }: Own): object {
  const sections = sortedNames(own.sections).map((key) => {
    const { secrets = [], ...section } = own.sections[key] ?? {};
    return [key, secrets.length > 0 ? { ...section, secrets } : section];
  });
  const entries = Object.entries({ ...own, sections: Object.fromEntries(sections) });
  return Object.fromEntries(entries.filter(([, value]) => Object.keys(value).length > 0));
}
