import { isDeepStrictEqual } from "node:util";
import { textTable } from "../../lab/text-table.ts";

/*
 * The versions of a stack, as `pulumi stack history --json` tells them: of a file backend, of an object store, of Pulumi Cloud.
 * Of each, who made it, and all of its configuration; not its code, which is in git.
 */

/** One entry of a stack's history. */
export interface Version {
  /** As Pulumi Cloud counts; other backends do not count, there it is the place in the history, from 1. */
  readonly number: number;
  /** `update`, `refresh`, `destroy`, `import` … */
  readonly kind: string;
  /** `in-progress` for one that still runs, or was interrupted and left so. */
  readonly result: "succeeded" | "failed" | "in-progress";
  /** When it began. */
  readonly time: Date;
  readonly who: string;
  readonly message: string;
  /** The git commit of its code; empty where there was no git. */
  readonly commit: string;
  /** Whether files differed from that commit. */
  readonly dirty: boolean;
  /** By key with its namespace. Of secrets only their names: `secrets`. */
  readonly settings: Settings;
  readonly secrets: readonly string[];
}

/** A configuration, by key with its namespace. */
export type Settings = Readonly<Record<string, unknown>>;

/** An entry as Pulumi prints it (`updateInfoJSON`). */
export interface Entry {
  readonly version?: number;
  readonly kind?: string;
  readonly startTime?: string;
  readonly message?: string;
  readonly environment?: Readonly<Record<string, string>> | null;
  readonly config?: Readonly<
    Record<string, { readonly value?: string; readonly objectValue?: unknown; readonly secret?: boolean }>
  > | null;
  readonly result?: string;
}

/**
 * Reads a history; oldest first.
 * @param json what `pulumi stack history --json --page-size 0` printed, newest first
 * @throws Error where that is no history
 */
export function parseHistory(json: string): readonly Version[] {
  const entries: unknown = json.trim() === "" ? [] : JSON.parse(json);
  if (!Array.isArray(entries)) throw new Error("Pulumi's history is not what this program knows: it is no list.");
  return entries.toReversed().map((entry: Entry, index) => {
    const { version = 0, kind = "", startTime = "", message = "", result = "in-progress" } = entry;
    const environment = entry.environment ?? {};
    const config = Object.entries(entry.config ?? {});
    return {
      number: version > 0 ? version : index + 1,
      kind,
      result: result === "succeeded" || result === "failed" ? result : "in-progress",
      time: new Date(startTime),
      who: environment["git.author"] ?? environment["git.committer"] ?? "",
      message: message.split("\n")[0] ?? "",
      commit: environment["git.head"] ?? "",
      dirty: environment["git.dirty"] === "true",
      settings: Object.fromEntries(
        config.filter(([, { secret }]) => secret !== true).map(([key, { objectValue, value }]) => [key, objectValue ?? value]),
      ),
      secrets: config.filter(([, { secret }]) => secret === true).map(([key]) => key),
    };
  });
}

/**
 * The version to go back to.
 * @throws Error that says what is there, when there is none of that number or it never was what ran
 */
export function versionToReturnTo(stack: string, versions: readonly Version[], number: number): Version {
  const good = versions.filter(isGood).map((version) => version.number);
  const choice = good.length === 0 ? "No version of it ever succeeded." : `Those that succeeded: ${good.join(", ")}.`;
  const version = versions.find((candidate) => candidate.number === number);
  if (version === undefined) throw new Error(`${stack} has no version ${number}. ${choice}`);
  if (version.kind !== "update") throw new Error(`Version ${number} of ${stack} is no update but a ${version.kind}. ${choice}`);
  if (version.result !== "succeeded") {
    const what = version.result === "failed" ? "failed" : "was interrupted or still runs";
    throw new Error(`Version ${number} of ${stack} ${what}: it never ran as a whole. ${choice}`);
  }
  return version;
}

/** Whether a version is one that ran. */
export function isGood({ kind, result }: Version): boolean {
  return kind === "update" && result === "succeeded";
}

/** `grafana: 11.2 → 11.3`, `limits.prometheus.memory: 768MiB → 640MiB`: what one configuration has otherwise than another. */
export function settingChanges(before: Settings, after: Settings): readonly string[] {
  const [old, now] = [before, after].map((settings) => flat(settings));
  const keys = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
  return keys
    .filter((key) => !isDeepStrictEqual(old?.get(key), now?.get(key)))
    .map((key) => {
      const image = /^homelab:images\.(.+)$/.exec(key)?.[1];
      const [from, to] = [old?.get(key), now?.get(key)].map((value) => (value === undefined ? "(none)" : String(value)));
      if (image !== undefined) return `${image}: ${imageChange(from ?? "", to ?? "")}`;
      return `${key.replace(/^homelab:/, "")}: ${from} → ${to}`;
    });
}

/** Tags, or where they are the same, the beginnings of the digests. */
function imageChange(from: string, to: string): string {
  const [a, b] = [from, to].map((image) => /:([^:/@]+)(?:@|$)/.exec(image)?.[1] ?? image);
  if (a !== b) return `${a} → ${b}`;
  const [c, d] = [from, to].map((image) => /sha256:[0-9a-f]{8}/.exec(image)?.[0] ?? image);
  return `${a} (${c} → ${d})`;
}

/**
 * The last versions as a table, newest first.
 * @param data what is kept of a version's data, by its number; undefined where the host was not asked
 */
export function versionTable(versions: readonly Version[], most: number, data?: (version: Version) => string): string {
  const rows = versions.map((version, index) => {
    // What an update that failed declared was never there: a version is compared with the last good one.
    const before = versions.slice(0, index).findLast(isGood);
    const changes = before ? settingChanges(before.settings, version.settings) : ["the first"];
    return [
      String(version.number),
      version.time.toISOString().slice(0, 16).replace("T", " "),
      version.who,
      version.kind === "update" ? version.result : `${version.kind}, ${version.result}`,
      shortened(version.message, 40),
      shortened(changes.length === 0 ? "nothing in the configuration" : changes.join("; "), 70),
      ...(data ? [data(version)] : []),
    ];
  });
  const headings = ["version", "time (UTC)", "who", "result", "message", "what changed", ...(data ? ["data kept"] : [])];
  return textTable([headings, ...rows.toReversed().slice(0, most)]);
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Leaves by their path. */
function flat(value: unknown, path = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map([[path, Array.isArray(value) ? value.join(", ") : value]]);
  }
  const entries = Object.entries(value).flatMap(([key, inner]) => [...flat(inner, path === "" ? key : `${path}.${key}`)]);
  return new Map(entries);
}
