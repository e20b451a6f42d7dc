/** The engine's event log (apitype.EngineEvent, one JSON object a line), in the words of the recordings. */

/** What a preview proposes for one resource. */
export interface Change {
  op: string;
  /** Type and name, "RemoteImage image". */
  resource: string;
  replaceReasons: string[];
  diffReasons: string[];
  /** Kind of change by path; undefined when the plugin gives no details. */
  detailedDiff: Record<string, string> | undefined;
}

/** What an update did to one resource, "create-replacement RandomId id". */
export type Happening = string;

interface Metadata {
  op: string;
  urn: string;
  keys?: string[];
  diffs?: string[];
  detailedDiff?: Record<string, { diffKind: string }>;
}

/** One event, as far as the tests look at it. */
export interface Event {
  resourcePreEvent?: { metadata: Metadata };
  resOutputsEvent?: { metadata: Metadata };
  diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
}

/** Reads a log; a line that was cut off with its process is left out. */
export function parseEvents(log: string): Event[] {
  return log.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Event];
    } catch {
      return [];
    }
  });
}

/** The changes that a preview proposes. A replacement is listed once, as "replace". */
export function changesIn(events: Event[]): Change[] {
  const silent = ["same", "create-replacement", "delete-replaced", "refresh", "read"];
  return events
    .flatMap((event) => event.resourcePreEvent?.metadata ?? [])
    .filter((metadata) => !silent.includes(metadata.op) && !isStack(metadata.urn) && !isDefaultProvider(metadata.urn))
    .map((metadata) => ({
      op: metadata.op,
      resource: resourceOf(metadata.urn),
      replaceReasons: (metadata.keys ?? []).toSorted(),
      diffReasons: (metadata.diffs ?? []).toSorted(),
      detailedDiff: details(metadata.detailedDiff),
    }))
    .toSorted((a, b) => a.resource.localeCompare(b.resource));
}

function details(diff: Metadata["detailedDiff"]): Record<string, string> | undefined {
  if (diff === undefined || diff === null || Object.keys(diff).length === 0) return undefined;
  return Object.fromEntries(Object.entries(diff).map(([path, change]) => [path, change.diffKind]));
}

/** The operations that were finished, in order. */
export function happened(events: Event[]): Happening[] {
  return events
    .flatMap((event) => event.resOutputsEvent?.metadata ?? [])
    .filter(
      (metadata) => !["same", "refresh"].includes(metadata.op) && !isStack(metadata.urn) && !isDefaultProvider(metadata.urn),
    )
    .map((metadata) => `${metadata.op} ${resourceOf(metadata.urn)}`);
}

/**
 * The errors of a run: without the engine's summary, Node's stack traces, and the line that official plugins log before
 * they return the same error.
 */
export function errorsIn(events: Event[]): string[] {
  const noise = /^(error: )?(\[ERROR\]|update failed|preview failed|Running program|\s*sdk-v2\/)/;
  const errors = events
    .flatMap((event) => event.diagnosticEvent ?? [])
    .filter((diagnostic) => diagnostic.severity === "error")
    .map((diagnostic) => withoutColours(diagnostic.message).trim())
    .filter((message) => !noise.test(message) && !message.includes("failed to register"));
  return errors.map((message) => message.replace(/^(error: )?(Preview failed: )?/, "")).toSorted();
}

/** The errors of each resource, by its name. */
export function errorsByName(events: Event[]): Record<string, string[]> {
  const byName: Record<string, string[]> = {};
  for (const event of events) {
    const name = event.diagnosticEvent?.urn?.split("::").at(-1) ?? "";
    const errors = errorsIn([event]);
    if (errors.length > 0) byName[name] = [...(byName[name] ?? []), ...errors];
  }
  return byName;
}

/** The passing status lines of each resource, by its name. */
export function statusLinesIn(events: Event[]): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  for (const { diagnosticEvent: diagnostic } of events) {
    if (diagnostic?.ephemeral !== true) continue;
    const name = diagnostic.urn?.split("::").at(-1) ?? "";
    lines[name] = [...(lines[name] ?? []), withoutColours(diagnostic.message).trim()];
  }
  return lines;
}

function withoutColours(text: string): string {
  return text.replaceAll(/<\{%[^%]*%\}>/g, "");
}

// Default providers come and go with the resources that need them; the recordings leave them out.
function isDefaultProvider(urn: string): boolean {
  return urn.includes("::default_");
}

function isStack(urn: string): boolean {
  return urn.includes("pulumi:pulumi:Stack");
}

function resourceOf(urn: string): string {
  const [type = "", name = ""] = urn.split("::").slice(-2);
  return `${type.split(":").at(-1)} ${name}`;
}
