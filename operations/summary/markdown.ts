import type { Summary } from "./model.ts";
import { certificateLines, findingLines, headline, holdText, outageText, setUpText, workloadTitle } from "./text.ts";

/** In characters. A comment on GitHub holds 65,536; pulumi/actions cuts at this, and so do we. */
export const COMMENT_LIMIT = 64_000;

/**
 * A summary for a comment on a pull request: on top what a person decides by, the details folded, within {@link COMMENT_LIMIT}.
 * @param marker a line that a comment of before is found by, to be edited in place
 */
export function summaryMarkdown(summary: Summary, marker = `<!-- homelab-preview ${summary.stack} -->`): string {
  const { stack, errors, findings, holds, workloads, routers, host, images, replaced, others, warnings } = summary;
  const top = [
    marker,
    `### ${stack}: ${headline(summary)}`,
    ...errors.map((error) => `**The preview failed:**\n${fenced(error.split("\n"))}`),
    bullets("Refused by the policies", findingLines(findings, true).map(escaped)),
    bullets(
      "Held",
      holds.map((hold) => escaped(holdText(stack, hold))),
    ),
    workloads.length === 0 ? "" : workloadTable(summary),
    bullets(
      "Restored",
      workloads.flatMap(({ name, restore }) => (restore ? [`\`${name}\` from snapshot \`${restore.slice(0, 8)}\``] : [])),
    ),
    ...routers.map(({ name, kind, lines, interrupts }) =>
      [
        `**Router ${name}: ${kind}**${interrupts ? `, ${escaped(interrupts)}` : ""}`,
        kind === "new" ? setUpText(lines) : fenced(lines),
      ].join("\n"),
    ),
    bullets("Certificates", certificateLines(summary).map(escaped)),
    bullets("Images", images.map(escaped)),
    bullets("Replaced, the old one is gone then", replaced.map(escaped)),
    bullets("Warnings", warnings.map(escaped)),
    bullets("Policies say", findingLines(findings, false).map(escaped)),
    summary.policiesAsked && !findings.some(({ refused }) => refused) ? "The policies refuse nothing." : "",
  ];
  const folded = [
    ...workloads.flatMap((workload) =>
      workload.details.map(({ name, lines }) => fold(`${workload.name}: ${name} (${lines.length} lines)`, fenced(lines, "diff"))),
    ),
    ...routers
      .filter(({ kind }) => kind === "new")
      .map(({ name, lines }) => fold(`Router ${name} as it is set up (${lines.length} lines)`, fenced(lines))),
    ...(host.length === 0
      ? []
      : [
          fold(
            "The host's own files",
            host.map(({ name, kind, paths }) => `- ${name} ${kind}: ${escaped(paths.join(", "))}`).join("\n"),
          ),
        ]),
    ...(others.length === 0 ? [] : [fold("Other resources", others.map((line) => `- ${escaped(line)}`).join("\n"))]),
  ];
  return within(COMMENT_LIMIT, top.filter((text) => text !== "").join("\n\n"), folded, stack);
}

function workloadTable({ workloads }: Summary): string {
  const rows = workloads.map((workload) => {
    const [name = "", ...what] = workloadTitle(workload).split(": ");
    return `| ${escaped(name)} | ${escaped(what.join(": "))} | ${escaped(workload.backup ?? "–")} | ${escaped(outageText(workload.outage))} |`;
  });
  return ["| workload | what | backup before | outage |", "|---|---|---|---|", ...rows].join("\n");
}

/** As many of the folded parts as there is room for; the rest is named by its number. */
function within(limit: number, top: string, folded: readonly string[], stack: string): string {
  const note = (left: number) =>
    `${left} more ${left === 1 ? "part is" : "parts are"} left out here: npm run preview -- --stack ${stack}`;
  const room = limit - note(folded.length).length - 2;
  let text = top.length <= room ? top : `${top.slice(0, room - 20)}\n…`;
  for (const [index, part] of folded.entries()) {
    if (text.length + 2 + part.length > room) return `${text}\n\n${note(folded.length - index)}\n`;
    text += `\n\n${part}`;
  }
  return `${text}\n`;
}

function bullets(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`**${title}**`, ...lines.map((line) => `- ${line}`)].join("\n");
}

function fold(title: string, body: string): string {
  return `<details><summary>${escaped(title)}</summary>\n\n${body}\n\n</details>`;
}

/** A block that its own text cannot end: the fence is longer than any in it. */
function fenced(lines: readonly string[], language = ""): string {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence].join("\n");
}

/** Text that Markdown takes as it is: no table is broken, no tag is opened, nobody is mentioned. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("|", "\\|")
    .replaceAll("@", "@&#8203;")
    .replaceAll("\n", " ");
}
