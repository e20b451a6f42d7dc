/** What a preview says that would happen, as data. */

/** One resource that a preview would change. */
export interface Change {
  /** `create`, `update`, `delete`, `replace` … */
  readonly op: string;
  readonly urn: string;
  /** E.g. `homelab:index:Workload`. */
  readonly type: string;
  readonly name: string;
  /** Paths of the properties that differ. */
  readonly properties: readonly string[];
}

interface PreviewStep {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
  readonly diffReasons?: readonly string[] | null;
}

/** Steps that change nothing on a device. */
const quiet = new Set(["same", "refresh", "read", "read-discard", "discard"]);

/** The changes of `pulumi preview --json`. */
export function changesOf(json: string): readonly Change[] {
  const preview: { readonly steps?: readonly PreviewStep[] } = JSON.parse(json);
  return (preview.steps ?? []).filter((step) => !quiet.has(step.op)).map(changeOf);
}

function changeOf(step: PreviewStep): Change {
  const parts = step.urn.split("::");
  return {
    op: step.op,
    urn: step.urn,
    type: (parts[2] ?? "").split("$").at(-1) ?? "",
    name: parts.slice(3).join("::"),
    properties: Object.keys(step.detailedDiff ?? {}).concat(step.detailedDiff ? [] : (step.diffReasons ?? [])),
  };
}

/** A change in a few words, for tables and failed expectations. */
export function describeChange(change: Change): string {
  return `${change.op} ${change.type} ${change.name}${change.properties.length === 0 ? "" : ` (${change.properties.join(", ")})`}`;
}
