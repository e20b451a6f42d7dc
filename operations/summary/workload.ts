import { isDeepStrictEqual } from "node:util";
import { type Properties, partsOf, type ResourceState, type Step } from "../engine-events.ts";
import { mapOf } from "../maps.ts";
import { changeLines, textLines } from "./lines.ts";
import type { Detail, Hold, Outage, WorkloadChange } from "./model.ts";
import { changedKeys, changesSecrets, kindOf } from "./steps.ts";

/** Lines of a unit that say which image it is: said better in the headline. */
const IMAGE_LINE = /^[-+] Image=/;

/** Keys of a unit that change a container without a restart, as `following.py` and `limits.py` on the host have them. */
const IN_PLACE =
  /^[-+] (#|$|Description=|After=|Wants=|Restart=|RestartSec=|Timeout(Start|Stop)Sec=|ExecReload=|WantedBy=|PidsLimit=|PodmanArgs=( ?--(memory|memory-swap|cpus)=\S+)+$)/;

/** What differs that nobody needs to read: it follows from the rest. */
const FOLLOWS = ["image", "version", "units", "files", "sources", "secrets", "state", "found", "backupBefore", "restore"];

/** The detail that has what is neither a unit nor a file. */
const SETTINGS = "settings";

/** What is no difference for the provider, whose state keeps the value of the last change: `diff` leaves them aside. */
const NO_DIFFERENCE = ["turn", "hostWorkloads", "initialise"];

/**
 * What happens to a workload.
 * @param pulled inputs of the image that is pulled for it
 * @param followsRenewal whether a certificate of its own is renewed
 */
export function workloadChange(step: Step, pulled: Properties | undefined, followsRenewal: boolean): WorkloadChange {
  const { op, urn } = step;
  const { name } = partsOf(urn);
  const { before, after } = inputsOf(step);
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
  return {
    name,
    kind,
    what: kind === "new" ? [text(after.version)] : kind === "removed" ? ["its data stays"] : whatOf(step, details),
    ...noted,
    hasData: Object.keys(mapOf(after.backup)).length > 0,
    outage: outageOf(step, details, "backup" in noted),
    onlyCertificates: kind === "changed" && followsRenewal && onlyCertificates(step),
    details,
  };
}

/**
 * Versions that the host does not take any more.
 * @param held by image, `repository@digest`
 */
export function holdsOf(name: string, held: Properties, wanted: Properties): readonly Hold[] {
  return Object.entries(held).map(([image, hold]) => ({
    workload: name,
    version: text(mapOf(hold).imageTag) || image,
    why: text(mapOf(hold).why),
    wanted: wanted.image === image,
  }));
}

function whatOf(step: Step, details: readonly Detail[]): readonly string[] {
  const { before, after } = inputsOf(step);
  const unitLines = unitLinesIn(details);
  return [
    ...versionText(before, after),
    ...(text(before.state) && before.state !== after.state ? [`found ${text(before.state)}, is put right`] : []),
    ...(Object.keys(mapOf(before.found)).length > 0 ? ["files were changed by hand, are put right"] : []),
    ...(unitLines.some((line) => /PidsLimit=|--(memory|cpus)/.test(line)) ? ["limits"] : []),
    ...(filesIn(details).length > 0 ? ["configuration"] : []),
    ...(changesSecrets(step) ? ["certificates or passwords"] : []),
    ...(unitLines.some((line) => !IN_PLACE.test(line)) ? ["unit"] : []),
    ...(details.some(({ name }) => name === SETTINGS) ? [SETTINGS] : []),
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
  const settings = { name: SETTINGS, lines: changeLines(rest(before), rest(after)) };
  return [...units, ...texts(filesOf), settings].filter(({ lines }) => lines.length > 0);
}

/**
 * What is to be expected, by the rules of the host (`observed.py`). It decides by what it finds: a workload that is not healthy
 * is restarted in any case.
 * @param isSaved whether its data is backed up before
 */
function outageOf(step: Step, details: readonly Detail[], isSaved: boolean): Outage {
  const kind = kindOf(step.op);
  if (kind === "new") return { kind: "starts" };
  if (kind === "removed") return { kind: "ends" };
  const { before, after } = inputsOf(step);
  const reloads = reloadable(after);
  const unitLines = unitLinesIn(details);
  const paths = [...filesIn(details).map(({ name }) => name), ...(changesSecrets(step) ? ["tls/"] : [])];
  const restarts =
    before.image !== after.image ||
    before.state !== after.state ||
    snapshotOf(after.restore) !== snapshotOf(before.restore) ||
    unitLines.some((line) => !IN_PLACE.test(line)) ||
    paths.some((path) => !reloads(path));
  if (restarts) return { kind: "restart", seconds: lastOutage(step.old, isSaved ? "upgrade" : "restart") };
  if (paths.length > 0) return { kind: "none", why: "it reads its files again" };
  return { kind: "none", why: unitLines.length > 0 ? "it is changed while it runs" : "nothing that runs changes" };
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
  const { before, after } = inputsOf(step);
  const files = (properties: Properties): Properties => ({ ...mapOf(properties.files), "tls/ca.pem": "" });
  return (
    changedKeys(step).every((key) => key === "secrets" || key === "files" || NO_DIFFERENCE.includes(key)) &&
    isDeepStrictEqual(files(before), files(after))
  );
}

/** What was declared before, and what is now. */
function inputsOf(step: Step): { readonly before: Properties; readonly after: Properties } {
  return { before: step.old?.inputs ?? {}, after: step.new?.inputs ?? {} };
}

/** The lines of units that go and come; that of the image is in no detail. */
function unitLinesIn(details: readonly Detail[]): readonly string[] {
  return details.filter(({ name }) => isUnit(name)).flatMap(({ lines }) => lines);
}

function filesIn(details: readonly Detail[]): readonly Detail[] {
  return details.filter(({ name }) => !isUnit(name) && name !== SETTINGS);
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
