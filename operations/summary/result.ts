import { textTable } from "../../lab/text-table.ts";
import { UCI_DEVICE, WORKLOAD } from "../../providers/resource-types.ts";
import { type EngineEvent, partsOf, type Step } from "../engine-events.ts";
import { mapOf } from "../maps.ts";
import type { EngineRun } from "../pulumi.ts";
import type { Summary } from "./model.ts";
import { errorsOf, warningsOf } from "./read.ts";

/** What an update came to, for people. */
export interface Result {
  /** One per workload and router that was to be changed. */
  readonly rows: readonly ResultRow[];
  /** What it warned of that the preview did not: what hosts say of changes that went well. */
  readonly notes: readonly string[];
  /** Why it failed; empty when it did not. */
  readonly errors: readonly string[];
  /** Whether it ran to its end, and nothing but workloads failed: what other stacks need of this one is there. */
  readonly onlyWorkloadsFailed: boolean;
}

/** What became of one workload or router. */
export interface ResultRow {
  readonly kind: "router" | "workload";
  readonly name: string;
  readonly what: string;
  readonly result: "done" | "failed" | "not begun";
  /** `3.2 s`; empty where nothing was interrupted. */
  readonly outage: string;
  /** The snapshot that was made before; empty where there is none. */
  readonly restorePoint: string;
}

/**
 * What became of a preview's workloads and routers.
 * @param run the update that was made after it
 */
export function resultOf(summary: Summary, run: EngineRun): Result {
  const done = run.events.flatMap(({ resOutputsEvent }) => (resOutputsEvent ? [resOutputsEvent.metadata] : []));
  const failed = run.events.flatMap(({ resOpFailedEvent }) => (resOpFailedEvent ? [resOpFailedEvent.metadata] : []));
  const row = (kind: ResultRow["kind"], name: string, what: string): ResultRow => {
    const type = kind === "router" ? UCI_DEVICE : WORKLOAD;
    const is = ({ op, urn }: Step): boolean => op !== "same" && partsOf(urn).type === type && partsOf(urn).name === name;
    const step = done.filter(({ op }) => op !== "refresh" && op !== "read").find(is);
    const result = failed.some(is) ? "failed" : step ? "done" : "not begun";
    return { kind, name, what, result, outage: outageOf(step), restorePoint: restorePointOf(step) };
  };
  return {
    rows: [
      ...summary.routers.map(({ name, kind }) => row("router", name, `router, ${kind}`)),
      ...summary.workloads.map(({ name, kind, what }) =>
        row("workload", name, [kind === "changed" ? "" : kind, ...what].filter(Boolean).join(", ")),
      ),
    ],
    notes: warningsOf(run.events).filter((warning) => !summary.warnings.includes(warning)),
    errors: run.status === 0 ? [] : errorsOf(run),
    onlyWorkloadsFailed:
      run.status !== 0 && !run.interrupted && failed.length > 0 && failed.every(({ urn }) => partsOf(urn).type === WORKLOAD),
  };
}

/** A table, and below it what is to be known of what went well, and why something failed. */
export function resultText(stack: string, { rows, notes, errors }: Result): string {
  const table = textTable([
    [`on ${stack}`, "what", "result", "outage", "restore point"],
    ...rows.map(({ name, what, result, outage, restorePoint }) => [name, what, result, outage || "–", restorePoint || "–"]),
  ]);
  const outcome = errors.length === 0 ? `${stack} is as declared.` : `${stack} is not as declared:`;
  return [...(rows.length > 0 ? [table] : []), ...notes, [outcome, ...errors].join("\n\n")].join("\n\n");
}

/** What just happened, in one line while one waits; empty for what nobody waits for. */
export function progressLine({ resourcePreEvent, resOutputsEvent, resOpFailedEvent }: EngineEvent): string {
  const step = (resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent)?.metadata;
  if (step === undefined || !["create", "update", "delete", "create-replacement"].includes(step.op)) return "";
  const { type, name } = partsOf(step.urn);
  if (/^(pulumi:|homelab:|tls:|random:)/.test(type)) return "";
  const what = `${type.split(":").at(-1)} ${name}`;
  if (resourcePreEvent) return `  ${what}: ${step.op.replace("create-replacement", "create")} …`;
  return `  ${what}: ${resOutputsEvent ? "done" : "FAILED"}`;
}

/** The outage of this change: the one that the output did not have before. */
function outageOf(step: Step | undefined): string {
  const [before, after] = [step?.old, step?.new].map((state) => mapOf(mapOf(state?.outputs).outages));
  const seconds = Object.entries(after ?? {}).find(([way, value]) => before?.[way] !== value)?.[1];
  return typeof seconds === "number" ? `${seconds.toFixed(1)} s` : "";
}

/** The id of the snapshot that this change made; one of an earlier change is not its. */
function restorePointOf(step: Step | undefined): string {
  const [before, after] = [step?.old, step?.new].map((state) => mapOf(mapOf(state?.outputs).restorePoint).snapshot);
  return typeof after === "string" && after !== before ? after.slice(0, 8) : "";
}
