import type { Packages, Section, Value } from "./model.ts";

/** The version of what the device's scripts print. */
const READING_VERSION = "1";

/** What a device said of itself, in one session. */
export interface Reading {
  /** `24.10.4`, `SNAPSHOT`; empty where it is no OpenWrt. */
  readonly release: string;
  /** The client's address, and the device's own address and port, as its ssh server sees them; empty where it does not say. */
  readonly connection: { readonly client: string; readonly address: string; readonly port: string };
  readonly packages: Packages;
  /** SHA-256 (hex) of each package's file. A change is made only to files that still are what was read. */
  readonly sums: ReadonlyMap<string, string>;
  /** Packages without a file. */
  readonly missing: readonly string[];
  /** Packages whose file UCI cannot read. */
  readonly unreadable: readonly string[];
  /** Of the software that was asked for, what is installed. */
  readonly software: readonly string[];
  /** What was installed just now, in a person's words. */
  readonly installed: readonly string[];
  /** What stands in the way of a change, in the words of {@link obstacle}. */
  readonly obstacles: readonly string[];
}

/** Releases before this were never tried; their network configuration is another. */
export const OLDEST_RELEASE = [23, 5] as const;

/** A line of the scripts' output that says something: `== word rest`. JSON of `ubus -S` never begins so. */
const SAYING = /^== ([a-z]+) ?(.*)$/;

/**
 * Reads what `device/read.sh` and `device/confirm.sh` print.
 * @param name the device, for errors
 * @throws Error where the output ends early or is of another version
 */
export function parseReading(name: string, stdout: string): Reading {
  const said: [word: string, rest: string][] = [];
  const packages = new Map<string, readonly Section[]>();
  const sums = new Map<string, string>();
  let current = "";
  for (const line of stdout.split("\n")) {
    const [, word, rest = ""] = SAYING.exec(line) ?? [];
    if (word === undefined) {
      if (current !== "" && line !== "") packages.set(current, parsePackage(line));
      current = "";
      continue;
    }
    said.push([word, rest]);
    if (word !== "package") continue;
    const [packageName = "", sum = ""] = rest.split(" ");
    current = packageName;
    sums.set(packageName, sum);
  }
  const all = (word: string) => said.filter(([candidate]) => candidate === word).map(([, rest]) => rest);
  if (all("version")[0] !== READING_VERSION || !said.some(([word]) => word === "end")) {
    throw new Error(`${name} gave no complete answer. Is it an OpenWrt device? It said:\n${stdout.slice(0, 500).trim()}`);
  }
  const [client = "", , address = "", port = ""] = (all("connection")[0] ?? "").split(" ");
  return {
    release: all("release")[0] ?? "",
    connection: { client, address, port },
    packages,
    sums,
    missing: all("missing"),
    unreadable: all("unreadable"),
    software: all("software"),
    installed: all("installed").map((text) => text.trim().replace(" ", " in place of ")),
    obstacles: said.map(([word, rest]) => obstacle(word, rest)).filter((text) => text !== undefined),
  };
}

/** Why a device can be neither taken for what it has nor changed. */
export function readingProblems({ release, unreadable }: Reading): readonly string[] {
  const [year = 0, month = 0] = release.split(".").map(Number);
  const [oldestYear, oldestMonth] = OLDEST_RELEASE;
  const isOld = /^\d/.test(release) && (year < oldestYear || (year === oldestYear && month < oldestMonth));
  return [
    ...(release === "" ? ["it is no OpenWrt device: it has no /etc/openwrt_release."] : []),
    ...(isOld ? [`it runs OpenWrt ${release}; 23.05 or newer is needed.`] : []),
    ...unreadable.map((file) => `/etc/config/${file} cannot be read by uci. Correct it there: uci show ${file}`),
  ];
}

/** What a device is after a change that came to nothing: "nothing was changed", but for software. */
export function unchanged({ installed }: Pick<Reading, "installed">): string {
  return installed.length === 0 ? "nothing was changed" : `nothing was changed but that ${installed.join(", ")} was installed`;
}

/** The answer of `ubus -S call uci get '{"config": …}'`: sections with their options, lists as arrays. */
function parsePackage(json: string): readonly Section[] {
  const { values } = JSON.parse(json) as { values: Record<string, Record<string, unknown>> };
  return Object.values(values)
    .sort((a, b) => Number(a[".index"]) - Number(b[".index"]))
    .map((entry) => ({
      id: String(entry[".name"]),
      anonymous: entry[".anonymous"] === true,
      type: String(entry[".type"]),
      options: new Map(
        Object.entries(entry)
          .filter(([option]) => !option.startsWith("."))
          .map(([option, value]) => [option, value as Value]),
      ),
    }));
}

/** What stands in the way of a change, and what to do, or undefined for what does not. */
function obstacle(word: string, rest: string): string | undefined {
  const [subject = "", detail = ""] = rest.split(" ");
  switch (word) {
    case "norpcd":
      return "rpcd, which carries out changes, does not answer. Start it: service rpcd start";
    case "staged":
      return detail === "cli"
        ? `somebody has changes of ${subject} that are not committed. Commit or drop them there: uci changes; uci revert ${subject}`
        : `somebody has unsaved changes of ${subject} in LuCI. Save or drop them there, or wait until that session ends.`;
    case "pending":
      return "a change that nobody has confirmed yet waits on it. Wait a minute, then try again.";
    case "trial":
      return "another update is trying a change on it. It ends within a minute or two; then try again.";
    case "shadow":
      return `/var/run/uci/${subject} hides /etc/config/${subject}: with it no change can be taken back. Remove it there.`;
    case "full":
      return `${subject} has only ${detail} KiB left. UCI empties files without a word when it is full: free some space there.`;
    case "readonly":
      return `${subject} cannot be written. Is the device in failsafe mode?`;
    default:
      return undefined;
  }
}
