import { isDeepStrictEqual } from "node:util";
import { type Properties, partsOf, type ResourceState, type Step } from "../engine-events.ts";
import { changeLines, textLines } from "./lines.ts";
import type { Detail, Hold, Outage, WorkloadChange } from "./model.ts";
import { changedKeys, kindOf, mapOf } from "./steps.ts";

/** Lines of a unit that say which image it is: said better in the headline. */
const IMAGE_LINE = /^[-+] Image=/;

/** Keys of a unit that change a container without a restart, as `following.py` and `limits.py` on the host have them. */
const IN_PLACE =
  /^[-+] (#|$|Description=|After=|Wants=|Restart=|RestartSec=|Timeout(Start|Stop)Sec=|ExecReload=|WantedBy=|PidsLimit=|PodmanArgs=( ?--(memory|memory-swap|cpus)=\S+)+$)/;

/** What differs that nobody needs to read: it follows from the rest. */
const FOLLOWS = ["image", "version", "units", "files", "sources", "secrets", "state", "found", "backupBefore", "restore"];

/** What is no difference for the provider, whose state keeps the value of the last change: `diff` leaves them aside. */
const NO_DIFFERENCE = ["turn", "initialise"];

/**
 * What happens to a workload.
 * @param pulled inputs of the image that is pulled for it
 * @param followsRenewal whether a certificate of its own is renewed
 */
export function workloadChange(step: Step, pulled: Properties | undefined, followsRenewal: boolean): WorkloadChange {
  const { op, urn, old, new: now } = step;
  const { name } = partsOf(urn);
  const [before, after] = [old?.inputs ?? {}, now?.inputs ?? {}];
  const kind = kindOf(op);
  const details = kind === "changed" ? detailsOf(before, after) : [];
  const image = text(pulled?.name);
  const noted = {
    ...(image ? { pulled: image } : {}),
    ...(text(after.backupBefore) && after.backupBefore !== before.backupBefore ? { backup: text(after.backupBefore) } : {}),
    ...(snapshotOf(after.restore) && !isDeepStrictEqual(after.restore, before.restore)
      ? { restore: snapshotOf(after.restore) }
      : {}),
  };
  const reloads = reloadable(after);
  return {
    name,
    kind,
    what: kind === "new" ? [text(after.version)] : kind === "removed" ? ["its data stays"] : whatOf(step, details),
    ...noted,
    hasData: Object.keys(mapOf(after.backup)).length > 0,
    outage: outageOf(kind, details, reloads, old, { backup: "backup" in noted, step }),
    onlyCertificates: kind === "changed" && followsRenewal && onlyCertificates(step),
    details,
  };
}

/** Versions that the host does not take any more. @param held by image, `repository@digest` */
export function holdsOf(name: string, held: Properties, wanted: Properties): readonly Hold[] {
  return Object.entries(held).map(([image, hold]) => ({
    workload: name,
    version: text(mapOf(hold).imageTag) || image,
    why: text(mapOf(hold).why),
    wanted: wanted.image === image,
  }));
}

function whatOf(step: Step, details: readonly Detail[]): readonly string[] {
  const [before, after] = [step.old?.inputs ?? {}, step.new?.inputs ?? {}];
  const units = details.filter(({ name }) => isUnit(name));
  const files = details.filter(({ name }) => !isUnit(name) && name !== "settings");
  const limits = units.some(({ lines }) => lines.some((line) => /PidsLimit=|--(memory|cpus)/.test(line)));
  const secrets = changedKeys(step).includes("secrets") || changedKeys(step).length === 0;
  return [
    ...versionText(before, after),
    ...(text(before.state) && before.state !== after.state ? [`found ${text(before.state)}, is put right`] : []),
    ...(Object.keys(mapOf(before.found)).length > 0 ? ["files were changed by hand, are put right"] : []),
    ...(limits ? ["limits"] : []),
    ...(files.length > 0 ? ["configuration"] : []),
    ...(secrets ? ["certificates or passwords"] : []),
    ...(units.some(({ lines }) => lines.some((line) => !IMAGE_LINE.test(line) && !IN_PLACE.test(line))) ? ["unit"] : []),
    ...(details.some(({ name }) => name === "settings") ? ["settings"] : []),
  ];
}

/** `v0.33 → v0.34`; of two builds under one tag, the digests. */
function versionText(before: Properties, after: Properties): readonly string[] {
  if (before.image === after.image) return [];
  if (before.version !== after.version) return [`${text(before.version)} → ${text(after.version)}`];
  const short = (image: unknown): string => /sha256:[0-9a-f]{8}/.exec(text(image))?.[0] ?? text(image);
  return [`another build of ${text(after.version)} (${short(before.image)} → ${short(after.image)})`];
}

/** Files by path; of one that is not text its hash. */
function filesOf({ files, sources }: Properties): Properties {
  const hashes = Object.entries(mapOf(sources)).map(([path, source]) => [path, `sha256 ${text(mapOf(source).sha256)}`]);
  return { ...mapOf(files), ...Object.fromEntries(hashes) };
}

function detailsOf(before: Properties, after: Properties): readonly Detail[] {
  const texts = (of: (properties: Properties) => Properties): readonly Detail[] => {
    const [old, now] = [of(before), of(after)];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].sort().map((name) => ({
      name,
      lines: textLines(text(old[name]), text(now[name])),
    }));
  };
  const units = texts((properties) => mapOf(properties.units)).map(({ name, lines }) => ({
    name,
    lines: lines.filter((line) => !IMAGE_LINE.test(line)),
  }));
  const aside = [...FOLLOWS, ...NO_DIFFERENCE];
  const rest = (properties: Properties): Properties =>
    Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__") && !aside.includes(key)));
  const settings = { name: "settings", lines: changeLines(rest(before), rest(after)) };
  return [...units, ...texts(filesOf), settings].filter(({ lines }) => lines.length > 0);
}

/**
 * What is to be expected, by the rules of the host (`observed.py`). It decides by what it finds: a workload that is not healthy
 * is restarted in any case.
 */
function outageOf(
  kind: WorkloadChange["kind"],
  details: readonly Detail[],
  reloads: (path: string) => boolean,
  old: ResourceState | null | undefined,
  { backup, step }: { readonly backup: boolean; readonly step: Step },
): Outage {
  if (kind === "new") return { kind: "starts" };
  if (kind === "removed") return { kind: "ends" };
  const [before, after] = [step.old?.inputs ?? {}, step.new?.inputs ?? {}];
  const units = details.filter(({ name }) => isUnit(name)).flatMap(({ lines }) => lines);
  const files = details.filter(({ name }) => !isUnit(name) && name !== "settings").map(({ name }) => name);
  const secrets = changedKeys(step).includes("secrets") || changedKeys(step).length === 0 ? ["tls/"] : [];
  const restarts =
    before.image !== after.image ||
    before.state !== after.state ||
    snapshotOf(after.restore) !== snapshotOf(before.restore) ||
    units.some((line) => !IN_PLACE.test(line)) ||
    [...files, ...secrets].some((path) => !reloads(path));
  if (restarts) return { kind: "restart", seconds: lastOutage(old, backup ? "upgrade" : "restart") };
  if (files.length + secrets.length > 0) return { kind: "none", why: "it reads its files again" };
  return { kind: "none", why: units.length > 0 ? "it is changed while it runs" : "nothing that runs changes" };
}

/** Seconds, as the workload's output `outages` keeps them by kind of change. */
function lastOutage(old: ResourceState | null | undefined, way: string): number | undefined {
  const seconds = mapOf(old?.outputs?.outages)[way];
  return typeof seconds === "number" ? seconds : undefined;
}

/** Whether a workload reads a file again at a signal. */
function reloadable(after: Properties): (path: string) => boolean {
  const paths = mapOf(after.reload).paths;
  const rules = Array.isArray(paths) ? paths.map(String) : [];
  return (path) => rules.some((rule) => path === rule || (rule.endsWith("/") && path.startsWith(rule)));
}

function onlyCertificates(step: Step): boolean {
  const [before, after] = [step.old?.inputs ?? {}, step.new?.inputs ?? {}];
  const files = (properties: Properties): Properties => ({ ...mapOf(properties.files), "tls/ca.pem": "" });
  return (
    changedKeys(step).every((key) => key === "secrets" || key === "files" || key === "turn") &&
    isDeepStrictEqual(files(before), files(after))
  );
}

function isUnit(name: string): boolean {
  return /\.(container|network|volume|image|service|timer)$/.test(name);
}

/** The id of a snapshot, as the input `restore` has it. */
function snapshotOf(restore: unknown): string {
  return text(typeof restore === "string" ? restore : mapOf(restore).snapshot);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
