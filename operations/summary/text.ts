import {
  type Detail,
  type Finding,
  type Hold,
  isEmpty,
  isRefused,
  type Outage,
  type Summary,
  type WorkloadChange,
} from "./model.ts";

/** Lines of a text that a terminal is shown; the rest is counted. */
const SHOWN = 12;

/** A summary for a terminal. */
export function summaryText(summary: Summary): string {
  const sections = [
    ...summary.errors.map((error) => section("The preview failed:", error.split("\n"))),
    section("Refused:", findingLines(summary.findings, true)),
    section(
      "Held:",
      summary.holds.map((hold) => holdText(summary.stack, hold)),
    ),
    ...summary.workloads.map(workloadSection),
    ...summary.routers.map(({ name, kind, lines, interrupts }) =>
      section(`router ${name}: ${kind}`, [
        ...(interrupts ? [interrupts] : []),
        // Of one that is set up there are hundreds; a change is read to its last option.
        ...(kind === "new" ? [setUpText(lines)] : lines),
      ]),
    ),
    section(
      "host:",
      summary.host.map(({ name, kind, paths }) => [`${name} ${kind}`, ...list(paths)].join(": ")),
    ),
    section("certificates:", certificateLines(summary)),
    section("images:", summary.images),
    section("replaced, the old one is gone then:", summary.replaced),
    section("besides:", summary.others),
    section(
      "Warnings:",
      summary.warnings.flatMap((warning) => warning.split("\n")),
    ),
    section("Policies say:", findingLines(summary.findings, false)),
  ].filter((text) => text !== "");
  return [`${summary.stack}: ${headline(summary)}`, ...sections].join("\n\n");
}

/** What a preview comes to, in a few words. */
export function headline(summary: Summary): string {
  if (summary.errors.length > 0) return "the preview failed, nothing can be applied";
  if (isRefused(summary)) return "refused by the policies, nothing can be applied";
  if (isEmpty(summary)) return "nothing to do";
  const restarts = summary.workloads.filter(({ outage }) => outage.kind === "restart");
  const backups = summary.workloads.filter(({ backup }) => backup !== undefined);
  const parts = [
    counted(summary.workloads.length, "workload"),
    ...(restarts.length > 0 ? [`${restarts.length} with an outage`] : []),
    ...(backups.length > 0 ? [`${backups.length} backed up before`] : []),
    counted(summary.routers.length, "router"),
    counted(summary.host.length, "directory of the host", "directories of the host"),
    counted(summary.certificates.filter(({ kind }) => kind === "renewed").length, "certificate renewed", "certificates renewed"),
    counted(summary.certificates.filter(({ kind }) => kind !== "renewed").length, "other certificate", "other certificates"),
    counted(summary.replaced.length + summary.others.length, "other resource"),
  ].filter((part) => part !== "");
  if (parts.length === 0) return `nothing to do but to note ${summary.planChanged ? "the plan" : "an image"}`;
  return parts.join(", ");
}

/** `about 3 s, as the last time`. */
export function outageText(outage: Outage): string {
  switch (outage.kind) {
    case "none":
      return `none: ${outage.why}`;
    case "starts":
      return "none: it starts for the first time";
    case "ends":
      return "it stops for good";
    case "restart":
      return outage.seconds === undefined
        ? "a restart; how long is not known yet, it has had none"
        : `about ${Math.max(1, Math.round(outage.seconds))} s, as the last time`;
  }
}

/** A version that is held, and what to do about it. */
export function holdText(stack: string, { workload, version, why, wanted }: Hold): string {
  const then = wanted ? `This update of it will fail before anything is touched. If you want it: ` : "To let it in again: ";
  return `${workload} ${version}${why === "" ? "" : ` (${why})`}. ${then}npm run release -- ${stack} ${workload}`;
}

/** A workload's facts, each with its label, without the details. */
function workloadFacts(workload: WorkloadChange): readonly (readonly [label: string, text: string])[] {
  const { pulled, backup, restore, outage } = workload;
  return [
    ...(pulled ? [["pulled", `${pulled.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+/, "$1…")}, before anything stops`] as const] : []),
    ...(backup ? [["backup", `${backup}, before the switch`] as const] : []),
    ...(restore ? [["data", `comes back from snapshot ${restore.slice(0, 8)}; that of now is kept aside`] as const] : []),
    ["outage", outageText(outage)],
  ];
}

/** `prometheus: v3.15 → v3.16, limits`. */
export function workloadTitle({ name, kind, what }: WorkloadChange): string {
  return `${name}: ${[...(kind === "changed" ? [] : [kind]), ...what.filter((text) => text !== "")].join(", ") || kind}`;
}

/** The lines of a detail, at most so many; the rest is counted. */
function detailLines({ lines }: Detail, most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `… ${lines.length - most} more lines`];
}

/** Certificates by what happens to them. */
export function certificateLines({ certificates }: Summary): readonly string[] {
  const words = { renewed: "renewed", new: "new", again: "issued again, with other contents", removed: "removed" } as const;
  return (["renewed", "new", "again", "removed"] as const).flatMap((kind) => {
    const names = certificates.filter((certificate) => certificate.kind === kind).map(({ name }) => name);
    return names.length === 0 ? [] : [`${words[kind]}: ${names.sort().join(", ")}`];
  });
}

/** What the policies say, one line each. */
export function findingLines(findings: readonly Finding[], refused: boolean): readonly string[] {
  return findings.filter((finding) => finding.refused === refused).map(({ policy, message }) => `${policy}: ${message}`);
}

/** How much it is that a router gets when it is set up. */
export function setUpText(lines: readonly string[]): string {
  const sections = lines.filter((line) => line.endsWith(": new section")).length;
  return `is set up: ${sections} sections, ${lines.length - sections} options`;
}

function workloadSection(workload: WorkloadChange): string {
  const facts = workloadFacts(workload).map(([label, text]) => `${label.padEnd(7)} ${text}`);
  const details = workload.details.flatMap((detail) => [
    `${detail.name}:`,
    ...detailLines(detail, SHOWN).map((line) => `  ${line}`),
  ]);
  return section(workloadTitle(workload), [...facts, ...details]);
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 && title.endsWith(":") ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n").trimEnd();
}

function list(paths: readonly string[]): readonly string[] {
  return paths.length === 0
    ? []
    : [paths.length > 6 ? `${paths.slice(0, 6).join(", ")} and ${paths.length - 6} more` : paths.join(", ")];
}

function counted(count: number, one: string, more = `${one}s`): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : more}`;
}
